import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tally, type Figures } from './tally.ts';
import type { Ended } from './calls.ts';

/** Calls that become due at a steady rate, whatever became of the ones before. */
export interface OpenLoop {
  readonly perSecond: number;
  /** Most calls under way; what is due beyond that waits, and its waiting counts. */
  readonly most: number;
  readonly windowMs: number;
  /** How long the far end thinks: the window opens when answers come as steadily as calls go. */
  readonly latencyMs: number;
}

const settleMs = 300;

/**
 * What the calls were like that became due within the window. Time counts from when a call was due and not
 * from when it was begun: a client that is late with its next call because it is busy with the last one must not
 * look fast for it (coordinated omission).
 */
export async function openLoop(call: () => Promise<Ended>, options: OpenLoop): Promise<Figures> {
  const { perSecond, most, windowMs, latencyMs } = options;
  const everyMs = 1000 / perSecond;
  let inFlight = 0;
  let answered = 0;
  let tally: Tally | undefined;
  const startedAt = performance.now();
  const windowAt = startedAt + settleMs + latencyMs;
  const overAt = windowAt + windowMs;
  const begin = async (dueAt: number): Promise<void> => {
    inFlight++;
    try {
      const { firstAt, endedAt } = await call();
      if (endedAt >= windowAt && endedAt < overAt) answered++;
      if (dueAt >= windowAt) tally?.ended(endedAt - dueAt, firstAt - dueAt);
    } catch {
      tally?.failed();
    }
    inFlight--;
  };
  const all: Promise<void>[] = [];
  let looked = 0;
  for (let due = 0; startedAt + due * everyMs < overAt;) {
    const now = performance.now();
    if (now >= windowAt) tally ??= new Tally();
    for (let dueAt = startedAt + due * everyMs; dueAt <= now && dueAt < overAt && inFlight < most;) {
      all.push(begin(dueAt));
      dueAt = startedAt + ++due * everyMs;
    }
    if (now - looked > 50) {
      tally?.look(inFlight);
      looked = now;
    }
    await sleep(1);
  }
  await Promise.all(all);
  // Whoever cannot follow answers fewer within the window than became due in it.
  return { ...(tally as Tally).figures(), perSecond: (answered * 1000) / windowMs };
}
