/** Anything that headers can be read from. */
export interface HeaderSource {
  get(name: string): string | null;
}

/**
 * How long a server asked to wait, in milliseconds; `undefined` where it did not say.
 * In order: `retry-after-ms`, `retry-after` (seconds or HTTP date), the reset of an exhausted
 * `x-ratelimit-*` bucket, the words of the error message. A negative value means unknown.
 *
 * @param nowMs - wall-clock time, for HTTP dates.
 * @param message - the error message, read last ("Please try again in 634ms").
 */
export function serverWaitMs(headers: HeaderSource, nowMs: number, message?: string): number | undefined {
  return (
    plainNumber(headers.get('retry-after-ms'), 1) ??
    retryAfter(headers.get('retry-after'), nowMs) ??
    exhaustedReset(headers) ??
    waitInWords(message)
  );
}

/** @see RFC 9110 §10.2.3 */
function retryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const seconds = plainNumber(value, 1000);
  if (seconds !== undefined) return seconds;
  // `Date.parse` makes a year of any number among words.
  if (!/\d:\d\d:\d\d/.test(value)) return undefined;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function plainNumber(value: string | null, factor: number): number | undefined {
  if (value === null || !/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return undefined;
  return finite(Number(value) * factor);
}

const buckets = ['requests', 'tokens', 'project-tokens'] as const;

/** The longest reset among the buckets that have nothing left. */
function exhaustedReset(headers: HeaderSource): number | undefined {
  let longestMs: number | undefined;
  for (const bucket of buckets) {
    if (headers.get(`x-ratelimit-remaining-${bucket}`) !== '0') continue;
    const resetMs = goDurationMs(headers.get(`x-ratelimit-reset-${bucket}`) ?? '');
    if (resetMs !== undefined && resetMs > (longestMs ?? 0)) longestMs = resetMs;
  }
  return longestMs;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a Go duration such as `6m0s`, `1.5s` or `12ms`; `undefined` for anything else.
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function goDurationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    totalMs += Number(amount) * (unitMs[unit as string] as number);
  return finite(totalMs);
}

/** A wait without end is none that a server can have meant. */
const finite = (ms: number): number | undefined => (Number.isFinite(ms) ? ms : undefined);

function waitInWords(message: string | undefined): number | undefined {
  const words = message && /\b(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)/i.exec(message);
  return words ? goDurationMs(words[1] as string) : undefined;
}
