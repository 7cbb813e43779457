import type { Call } from '@holdfast/core';
import type { ResolvedFallbackOptions } from './options.ts';

/**
 * Time is divided only up to this much of it, in milliseconds. The client's own ten minutes are nobody's deadline, and
 * watching over each call for their sake would cost more CPU than all that a ladder does.
 */
const longestDividedMs = 120_000;

/** No model answers in less than this, in milliseconds, so that nothing shorter is worth keeping. */
const leastUsefulMs = 500;

/**
 * Until when a rung may be tried while others could follow, on the monotonic clock: a share of what is left of the
 * time is kept for those, so that a hang does not take all of it. As it was where there is too
 * little to keep, or nobody named a deadline.
 */
export function untilFor(
  call: Call,
  { reserveRatio }: Pick<ResolvedFallbackOptions, 'reserveRatio'>,
): number | undefined {
  const leftMs = call.remainingMs();
  const reserveMs = leftMs * reserveRatio;
  if (leftMs > longestDividedMs || reserveMs < leastUsefulMs) return call.until;
  return call.clock.monotonic() + leftMs - reserveMs;
}
