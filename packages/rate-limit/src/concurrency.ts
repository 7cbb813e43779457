import type { Outcome } from '@holdfast/core';

/** A place among the calls that are under way. */
export interface Slot {
  /** Gives the place back. @param outcome - how the call ended; `undefined` if it was never made. */
  leave(outcome: Outcome | undefined): void;
}

/** How many calls may be under way at once. */
export interface Concurrency {
  /** How many may be. */
  readonly limit: number;
  readonly inFlight: number;
  readonly hasRoom: boolean;
  /** Takes a place, one beyond the limit where there is no room. */
  enter(): Slot;
  /** What to run when a place has become free. */
  onFree: () => void;
}
