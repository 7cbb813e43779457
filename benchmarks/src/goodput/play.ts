import { startUpstream, type Upstream } from '@holdfast/testkit';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, Asker, Contestant } from './contestant.ts';
import { prompt, verdictOf, type Verdict } from './expected.ts';
import { billedUsd } from './prices.ts';
import { healthyRules, keys, scriptOf, type BadTime, type Trace } from './traces.ts';
import { patienceMs } from './world.ts';

/** How long a trace lasts and how it is loaded: the same for everybody. */
export interface Schedule {
  readonly bad: BadTime;
  readonly durationMs: number;
  /** From the start of one call to the start of the next. */
  readonly everyMs: number;
  /** When the first call is due. @defaultValue 0 */
  readonly offsetMs?: number;
}

/** How one call ended. */
export interface CallRecord {
  readonly verdict: Verdict;
  /** Counted from when the call was due, so that a process that is late is seen. */
  readonly latencyMs: number;
  /** The model that answered. */
  readonly model?: string | undefined;
  /** What was thrown, in a few words. */
  readonly error?: string;
}

/** What one contestant made of one trace. */
export interface Played {
  readonly calls: readonly CallRecord[];
  /** Requests that reached an upstream. */
  readonly requests: number;
  readonly costUsd: number;
}

/** Plays one trace to one contestant, on upstreams of its own that draw from `seed`. */
export async function play(
  trace: Trace,
  contestant: Contestant,
  { schedule, seed, stop }: { schedule: Schedule; seed: number; stop: AbortSignal },
): Promise<Played> {
  const upstreams: Upstream[] = [];
  let asker: Asker | undefined;
  try {
    for (let region = 0; region < (trace.regions ?? 1); region++)
      upstreams.push(await startUpstream({ keys, seed: seed + region, logLimit: 100_000 }));
    asker = contestant.start({
      regions: upstreams.map(({ baseURL }) => baseURL),
      keys: keys.slice(0, trace.keys ?? 1).map(({ key }) => key),
    });
    // The script's time counts from here.
    upstreams.forEach((upstream, region) =>
      upstream.script(...(region === 0 ? scriptOf(trace, schedule.bad) : healthyRules)),
    );
    const calls = await load(asker, schedule, stop);
    const log = upstreams.flatMap((upstream) => upstream.log);
    return { calls, requests: log.length, costUsd: log.reduce((sum, entry) => sum + billedUsd(entry), 0) };
  } finally {
    await asker?.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  }
}

/** Begins calls at a steady pace, whatever becomes of them, plain and streamed in turn; ends with the last. */
async function load(
  asker: Asker,
  { durationMs, everyMs, offsetMs = 0 }: Schedule,
  stop: AbortSignal,
): Promise<CallRecord[]> {
  const startMs = performance.now() + offsetMs;
  const calls: Promise<CallRecord>[] = [];
  for (let turn = 0; turn * everyMs < durationMs && !stop.aborted; turn++) {
    const dueMs = startMs + turn * everyMs;
    const leftMs = dueMs - performance.now();
    if (leftMs > 0) await wait(leftMs, undefined, { signal: stop }).catch(() => {});
    if (!stop.aborted) calls.push(oneCall(asker, { stream: turn % 2 === 1, dueMs, stop }));
  }
  return Promise.all(calls);
}

interface Due {
  readonly stream: boolean;
  readonly dueMs: number;
  readonly stop: AbortSignal;
}

async function oneCall(asker: Asker, { stream, dueMs, stop }: Due): Promise<CallRecord> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]);
  let ended: Pick<CallRecord, 'verdict' | 'model' | 'error'>;
  try {
    const answer = await unlessAborted(asker.ask({ prompt, stream, signal }), signal);
    ended = { verdict: verdictOf(answer), model: answer.model };
  } catch (error) {
    ended = { verdict: 'failed', error: signal.aborted ? 'patience ran out' : wordsOf(error) };
  }
  return { ...ended, latencyMs: performance.now() - dueMs };
}

/** The caller goes away when its patience ends, whether or not the contestant listens to that. */
function unlessAborted(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const give = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', give, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

function wordsOf(error: unknown): string {
  const { name, status, statusCode, code } = error as Record<string, unknown>;
  return [name, status ?? statusCode, code]
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .join(' ');
}
