import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A process that stood still for longer has no business telling others how late they are. */
export const tooLateMs = 500;

const resolutionMs = 10;

/**
 * Does `body`, and says for how long the process itself stood still meanwhile, at worst: of the few hundred calls
 * of a contestant, one stall reaches enough to be their 99th percentile.
 */
export async function watched<T>(body: () => Promise<T>): Promise<{ readonly value: T; readonly lateMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  try {
    const value = await body();
    // The histogram counts its own resolution in.
    return { value, lateMs: Math.max(0, delay.max / 1e6 - resolutionMs) };
  } finally {
    delay.disable();
  }
}
