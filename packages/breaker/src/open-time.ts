import type { Random } from '@holdfast/core';
import type { Thresholds } from './options.ts';

/**
 * How long a circuit stays open that has opened `openings` times before since it was last well: longer each
 * time, up to `maxOpenMs`, and a little shorter by chance, so that the instances of a service do not probe together.
 */
export function openTimeMs(
  { openMs, openGrowth, maxOpenMs, openJitterRatio }: Thresholds,
  openings: number,
  random: Random,
): number {
  // No time at all does not grow, not even infinitely often.
  const grownMs = openMs === 0 ? 0 : Math.min(openMs * openGrowth ** openings, Math.max(openMs, maxOpenMs));
  return grownMs * (1 - openJitterRatio * random());
}
