import { contestants, type ContestantName } from './clients.ts';
import type { Child } from './child.ts';
import { rawFarEnd, type RawFarEnd } from './raw-far-end.ts';
import type { Figures } from './tally.ts';
import { startWorker, type Turn } from './worker.ts';

/** What a contestant showed, and what the far end spent on it: 1 is one core. */
export interface Shown extends Figures {
  readonly farEndBusy: number;
}

/** A contestant with a far end of its own: the connections that others keep open cost it nothing. */
export interface Pair extends Disposable {
  readonly name: ContestantName;
  take(turn: Turn): Promise<Shown>;
}

/** All contestants, started anew and warm: compiled, and with connections open, before anything counts. */
export async function startPairs(kind: Turn['kind'], concurrency: number): Promise<Pair[]> {
  const started = await Promise.allSettled(contestants.map((name) => startPair(name, concurrency)));
  const pairs = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    await Promise.all(pairs.map((pair) => warm(pair, kind)));
    return pairs;
  } catch (error) {
    for (const pair of pairs) pair[Symbol.dispose]();
    throw error;
  }
}

/**
 * By calls and not by time, and at the same concurrency for every block: on a machine that is shared, a second and a
 * half of one caller is too little for the compiler, and what follows would look better beside it than it is.
 */
async function warm(pair: Pair, kind: Turn['kind']): Promise<void> {
  const enough = { calls: kind === 'call' ? 6000 : 3000, turns: 10 };
  for (let calls = 0, turns = 0; calls < enough.calls && turns < enough.turns; turns++)
    calls += (await pair.take({ kind, latencyMs: 0, concurrency: 64, windowMs: 700 })).calls;
}

async function startPair(name: ContestantName, concurrency: number): Promise<Pair> {
  const farEnd = await rawFarEnd();
  let worker: Child<Turn, Figures>;
  try {
    worker = await startWorker(name, farEnd.baseURL('LATENCY'), concurrency);
  } catch (error) {
    farEnd[Symbol.dispose]();
    throw error;
  }
  return {
    name,
    async take(turn) {
      const startedAt = performance.now();
      const before = await farEnd.ask('state');
      const figures = await worker.ask(turn);
      const after = await farEnd.ask('state');
      return { ...figures, farEndBusy: busyOf(before, after, performance.now() - startedAt) };
    },
    [Symbol.dispose]() {
      worker[Symbol.dispose]();
      farEnd[Symbol.dispose]();
    },
  };
}

/** Over the whole turn, the way in and out included; it is as busy there as in the window. */
function busyOf(before: Awaited<ReturnType<RawFarEnd['ask']>>, after: typeof before, elapsedMs: number): number {
  return (after.cpuUs - before.cpuUs) / (elapsedMs * 1000);
}
