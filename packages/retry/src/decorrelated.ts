import type { Random } from '@holdfast/core';

/** Of what the next wait is drawn. */
export interface DecorrelatedRange {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  /** The last wait; the first one is drawn as if it had been `initialDelayMs`. */
  readonly previousMs: number | undefined;
}

/**
 * The next wait under decorrelated jitter, in milliseconds: between the first delay and three times the last wait, up
 * to the longest.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function decorrelatedMs(range: DecorrelatedRange, random: Random): number {
  const { initialDelayMs, maxDelayMs, previousMs = initialDelayMs } = range;
  const mostMs = Math.max(initialDelayMs, previousMs * 3);
  return Math.min(maxDelayMs, initialDelayMs + random() * (mostMs - initialDelayMs));
}
