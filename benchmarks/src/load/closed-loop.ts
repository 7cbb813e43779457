import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tally, type Figures } from './tally.ts';
import type { Ended } from './calls.ts';

/** Callers that begin their next call when the last one has ended: there are always as many calls as callers. */
export interface ClosedLoop {
  readonly callers: number;
  /** How long the far end thinks: callers come in spread over this time. */
  readonly latencyMs: number;
  /** How long is measured, in milliseconds, once each caller's first call has ended. */
  readonly windowMs: number;
  /** Nobody waits for the calls that are still under way. */
  readonly isLast: boolean;
}

const mostSettleMs = 15_000;
/**
 * Callers are let in over a while: ten thousand connections in one turn would measure the accept queue, and calls
 * that begin together stay together, so that a window would hold one wave or two as chance has it.
 */
const entrance = { perMs: 25, mostAtOnce: 2000, lookMs: 5 };

/** What the calls were like that ended within the window. */
export async function closedLoop(
  call: () => Promise<Ended>,
  { callers, latencyMs, windowMs, isLast }: ClosedLoop,
): Promise<Figures> {
  let tally: Tally | undefined;
  let ended = 0;
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const begunAt = performance.now();
      try {
        const { firstAt, endedAt } = await call();
        tally?.ended(endedAt - begunAt, firstAt - begunAt);
      } catch {
        tally?.failed();
      }
      ended++;
    }
  };
  const all: Promise<void>[] = [];
  const enteredAt = performance.now();
  const spreadMs = Math.max(latencyMs, callers / entrance.perMs);
  while (all.length < callers) {
    const due = Math.ceil((callers * (performance.now() - enteredAt)) / spreadMs);
    const upTo = Math.min(callers, due, all.length + entrance.mostAtOnce);
    while (all.length < upTo) all.push(caller());
    await sleep(entrance.lookMs);
  }
  const startedAt = performance.now();
  while (ended < callers && performance.now() - startedAt < mostSettleMs) await sleep(10);
  if (callers > 1) await sleep(100);
  tally = new Tally();
  const until = performance.now() + windowMs;
  while (performance.now() < until) {
    tally.look(callers);
    await sleep(Math.min(100, Math.max(1, until - performance.now())));
  }
  const figures = tally.figures();
  tally = undefined;
  isOver = true;
  if (!isLast) await Promise.all(all);
  return figures;
}
