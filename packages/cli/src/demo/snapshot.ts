import type { Phase } from './day.ts';
import type { Slot, Totals } from './tally.ts';

/** One side at one moment. */
export interface SideSnapshot {
  /** As in a line of text: `bare`. */
  readonly name: string;
  /** As above a column: `bare openai client`. */
  readonly title: string;
  readonly totals: Totals;
  readonly byPhase: readonly Totals[];
  readonly timeline: readonly Slot[];
  /** Models whose circuit is open; `undefined` for a side that has no circuits. */
  readonly openCircuits: readonly string[] | undefined;
}

/** Everything there is to show at one moment. */
export interface Snapshot {
  readonly elapsedMs: number;
  readonly durationMs: number;
  readonly phases: readonly Phase[];
  /** Index of the phase. */
  readonly phase: number;
  readonly sides: readonly [SideSnapshot, SideSnapshot];
}
