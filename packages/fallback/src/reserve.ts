import type { Call } from '@holdfast/core';
import type { ResolvedFallbackOptions } from './options.ts';

/** No model answers in less than this, in milliseconds, so that nothing shorter is worth keeping. */
const leastUsefulMs = 500;

/**
 * Until when a rung may be tried while others could follow, on the monotonic clock: a share of what is left of the
 * time is kept for those, so that a hang does not take all of it. `undefined` where there is too little to keep, or
 * nobody set a deadline.
 */
export function untilFor(
  call: Call,
  { reserveRatio, maxReserveMs }: Pick<ResolvedFallbackOptions, 'reserveRatio' | 'maxReserveMs'>,
): number | undefined {
  const leftMs = call.remainingMs();
  if (leftMs === Number.POSITIVE_INFINITY) return undefined;
  const reserveMs = Math.min(leftMs * reserveRatio, maxReserveMs);
  return reserveMs < leastUsefulMs ? call.until : call.clock.monotonic() + leftMs - reserveMs;
}
