import { sleep, type Clock } from 'holdfast';
import { placeCall, type CallResult } from './call.ts';
import { phaseAt, type Phase } from './day.ts';
import type { Side } from './sides.ts';
import type { Tally } from './tally.ts';

/** How hard one side is worked, and who is told. */
export interface Load {
  readonly side: Side;
  readonly tally: Tally;
  readonly phases: readonly Phase[];
  readonly model: string;
  /** From the start of one call to the start of the next. */
  readonly everyMs: number;
  /** A call whose turn comes while this many are under way is left out. */
  readonly maxInFlight: number;
  readonly maxCalls: number;
  readonly clock: Clock;
  /** Ends the load; calls under way are aborted and not counted. */
  readonly signal: AbortSignal;
  readonly onAnswer?: (result: CallResult, phase: number) => void;
}

/**
 * Begins calls at a steady pace until the day is over, plain and streamed in turn, and ends when the last
 * has ended. The pace does not depend on how fast answers come, so that both sides get the same load.
 */
export async function runLoad(load: Load): Promise<void> {
  const { phases, everyMs, clock, signal } = load;
  const startMs = clock.monotonic();
  const durationMs = phases.at(-1)?.untilMs ?? 0;
  const inFlight = new Set<Promise<void>>();
  let made = 0;
  for (let turn = 0; turn * everyMs < durationMs && made < load.maxCalls; turn++) {
    const dueMs = turn * everyMs - (clock.monotonic() - startMs);
    if (dueMs > 0) await sleep(clock, dueMs, signal).catch(() => {});
    if (signal.aborted) break;
    if (inFlight.size >= load.maxInFlight) continue;
    const call = oneCall(load, startMs, made++ % 2 === 1);
    inFlight.add(call);
    void call.finally(() => inFlight.delete(call));
  }
  await Promise.all(inFlight);
}

async function oneCall(load: Load, startMs: number, stream: boolean): Promise<void> {
  const { side, tally, phases, model, clock, signal } = load;
  const begunMs = clock.monotonic();
  const phase = phaseAt(phases, begunMs - startMs);
  const result = await placeCall(side.client, { model, stream }, signal);
  if (signal.aborted) return;
  const { source: _, ...counted } = result;
  const endedMs = clock.monotonic();
  tally.add({ ...counted, phase, endedAtMs: endedMs - startMs, latencyMs: endedMs - begunMs });
  if (result.failure === undefined) load.onAnswer?.(result, phase);
}
