import type { TelemetryOptions } from '../options.ts';
import type { AttemptSets } from './attempt-sets.ts';
import type { CallSets } from './call-sets.ts';
import type { Instruments } from './instruments.ts';
import type { Labels } from './labels.ts';

/** What all calls of one layer are reported with. */
export interface Means {
  readonly labels: Labels;
  readonly calls: CallSets;
  readonly attempts: AttemptSets;
  readonly costOf: TelemetryOptions['costOf'];
}

/** Where one call is reported. */
export interface Surroundings extends Means {
  readonly instruments: Instruments;
  /** Whether its pipeline has circuits. */
  readonly hasBreaker: boolean;
}
