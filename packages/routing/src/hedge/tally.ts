import type { Clock, Operation } from '@holdfast/core';
import type { Paces } from './pace.ts';

/** One kind of call, as it is known now. */
export interface HedgedKindStats {
  readonly operation: Operation;
  /** Where the client points. */
  readonly origin: string;
  readonly model: string | undefined;
  /** Answers as event streams, which are kept apart. */
  readonly streamed: boolean;
  /** How long a call waits before a second request is sent, in milliseconds; `undefined` while that is not known. */
  readonly delayMs: number | undefined;
  /** No hedge is sent, as everything is slow or was a while ago. */
  readonly isSlow: boolean;
}

/** What hedging has done. */
export interface HedgeStats {
  /** Calls that could have been sent twice. */
  readonly calls: number;
  /** Second requests that were sent. */
  readonly hedges: number;
  /** Of these, those whose answer the caller got. */
  readonly wonBySecond: number;
  /** Second requests that a layer further in had no room for. */
  readonly refused: number;
  /** Second requests that were not sent because of `maxShare`. */
  readonly suppressedByShare: number;
  /** Those that were not sent because everything was slow. */
  readonly suppressedBySlowness: number;
  /** Those that were not sent because the first was waiting on purpose, as a server had asked it to. */
  readonly suppressedByWait: number;
  /** How long requests ran whose answers nobody got, in milliseconds. */
  readonly discardedMs: number;
  readonly kinds: readonly HedgedKindStats[];
}

/** The figures of {@link HedgeStats}, counted up. */
export class Tally {
  calls = 0;
  hedges = 0;
  wonBySecond = 0;
  refused = 0;
  suppressedByShare = 0;
  suppressedBySlowness = 0;
  suppressedByWait = 0;
  discardedMs = 0;
}

/** The figures, and each kind of call as it is known now. */
export function statsOf(tally: Tally, paces: Paces, clock: Clock | undefined): HedgeStats {
  const nowMs = clock?.monotonic() ?? 0;
  const kinds = paces.all().map((pace): HedgedKindStats => {
    const { model, streamed, operation, origin, surge } = pace;
    return { model, streamed, operation, origin, delayMs: pace.delayMs(), isSlow: surge.isOn(nowMs) };
  });
  return { ...tally, kinds };
}
