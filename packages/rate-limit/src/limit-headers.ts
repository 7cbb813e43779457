import { goDurationMs, type HeaderSource } from '@holdfast/core';

/** What a limit is of. */
export type LimitKind = 'requests' | 'tokens' | 'project-tokens';

/** One limit, as an answer tells it. */
export interface ToldLimit {
  /** Per window. */
  readonly limit: number;
  readonly remaining: number;
  /** Until everything is there again, in milliseconds; `undefined` where it was not said, or tells nothing. */
  readonly resetMs: number | undefined;
}

/** Share of a limit that has to be spent before the reset tells anything about the window. */
const tellingShare = 0.05;

/** Whether enough is spent for the reset to tell something. */
export const tellsWindow = (limit: number, remaining: number): boolean => limit - remaining >= limit * tellingShare;

/**
 * Reads one limit off an answer; `undefined` where the server does not tell. Negative means unknown, as Azure has
 * sent it.
 *
 * @see facts/openai-api.md, "Rate-limit headers"
 */
export function toldLimit(headers: HeaderSource, kind: LimitKind): ToldLimit | undefined {
  const remaining = wholeOf(headers.get(`x-ratelimit-remaining-${kind}`));
  if (remaining === undefined) return undefined;
  const limit = wholeOf(headers.get(`x-ratelimit-limit-${kind}`));
  if (limit === undefined || limit === 0) return undefined;
  const reset = tellsWindow(limit, remaining) ? headers.get(`x-ratelimit-reset-${kind}`) : null;
  return { limit, remaining, resetMs: reset === null ? undefined : resetMsOf(reset) };
}

/** Whether an answer tells anything about limits. */
export const tellsLimits = (headers: HeaderSource): boolean =>
  headers.get('x-ratelimit-remaining-requests') !== null || headers.get('x-ratelimit-remaining-tokens') !== null;

function wholeOf(text: string | null): number | undefined {
  if (text === null || !/^\s*\d{1,15}\s*$/.test(text)) return undefined;
  return Number(text);
}

/** A Go duration; some gateways say plain seconds. */
function resetMsOf(text: string): number | undefined {
  const plain = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : goDurationMs(text);
  return plain === undefined || plain <= 0 ? undefined : plain;
}
