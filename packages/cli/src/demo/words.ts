import type { Totals } from './tally.ts';

/** Shown where there is nothing to tell yet. */
export const none = '–';

/** `212 ms`. */
export const milliseconds = (value: number | undefined): string =>
  value === undefined ? none : `${Math.round(value)} ms`;

/** `98.7 %`, rounded so that only a perfect score reads 100. */
export function share({ answered, failed }: Totals): string {
  const total = answered + failed;
  if (total === 0) return none;
  const tenths = Math.round((answered / total) * 1000);
  return `${((failed > 0 ? Math.min(999, tenths) : tenths) / 10).toFixed(1)} %`;
}

/** `$0.0123`. */
export const dollars = (usd: number): string => `$${usd.toFixed(4)}`;

/** `gpt-5 12, gpt-5-mini 3`. */
export const counts = (list: Totals['models']): string =>
  list.length === 0 ? none : list.map(([name, count]) => `${name} ×${count}`).join(', ');

/** `0:07` or `1:00`. */
export function time(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
