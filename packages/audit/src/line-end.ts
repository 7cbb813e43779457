import type { ChainEnd } from './chain.ts';

/** The place that a line of ours says it has; `undefined` for what is none. Whether it is true, its hash tells. */
export function endOfLine(text: string): ChainEnd | undefined {
  try {
    const { seq, hash } = JSON.parse(text) as { readonly seq?: unknown; readonly hash?: unknown };
    return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : undefined;
  } catch {
    return undefined;
  }
}
