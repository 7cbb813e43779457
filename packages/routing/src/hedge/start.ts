import type { Call, Next } from '@holdfast/core';
import type { ResolvedHedgeOptions } from './options.ts';
import type { Pace } from './pace.ts';
import type { Share } from './share.ts';
import type { Tally } from './tally.ts';

/** What all races of a layer share. */
export interface Track {
  readonly options: ResolvedHedgeOptions;
  readonly share: Share;
  readonly tally: Tally;
}

/** A call that may be sent twice. */
export interface Start extends Track {
  readonly call: Call;
  readonly next: Next;
  readonly pace: Pace;
  /** Its hedging point: how long it waits for an answer before it is sent a second time. */
  readonly delayMs: number;
}
