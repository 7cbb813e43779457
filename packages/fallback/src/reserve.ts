import type { Call } from '@holdfast/core';
import type { ResolvedFallbackOptions } from './options.ts';

/**
 * Until when a rung may be tried while others could follow, on the monotonic clock: a share of what is left of the
 * time is kept for those, so that a hang does not take all of it. `undefined` where nobody set a deadline.
 */
export function untilFor(
  call: Call,
  { reserveRatio, maxReserveMs }: Pick<ResolvedFallbackOptions, 'reserveRatio' | 'maxReserveMs'>,
): number | undefined {
  const leftMs = call.remainingMs();
  if (leftMs === Number.POSITIVE_INFINITY) return undefined;
  return call.clock.monotonic() + leftMs - Math.min(Math.max(0, leftMs) * reserveRatio, maxReserveMs);
}
