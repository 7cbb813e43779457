import { sleep, type Clock, type Random } from '@holdfast/core';

/** How a driver that cannot be told of a released lock asks again. */
export interface Polling {
  readonly clock: Clock;
  readonly random: Random;
  /** Mean time between two attempts, in milliseconds. */
  readonly pollMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Tries until `attempt` gives something. Attempts are spread by chance, so that those who wait do not come all at once.
 *
 * @throws the reason of the signal the moment it aborts.
 */
export async function pollForLock<T>(attempt: () => T | undefined, polling: Polling): Promise<T> {
  const { clock, random, pollMs, signal } = polling;
  for (;;) {
    signal?.throwIfAborted();
    const taken = attempt();
    if (taken !== undefined) return taken;
    await sleep(clock, pollMs * (0.5 + random()), signal);
  }
}
