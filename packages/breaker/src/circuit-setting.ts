import type { CircuitKind, Clock, Random } from '@holdfast/core';
import type { DetailedChange } from './details.ts';
import type { Evidence } from './evidence.ts';
import type { JudgeFactory } from './judge.ts';
import type { Thresholds } from './options.ts';

/** What all circuits of one engine share. */
export interface CircuitSetting {
  readonly thresholds: Thresholds;
  readonly clock: Clock;
  readonly random: Random;
  readonly newJudge: JudgeFactory;
  readonly evidence: Evidence;
  readonly changed: (change: DetailedChange) => void;
}

/** Which circuit it is. */
export interface CircuitName {
  readonly key: string;
  readonly kind: CircuitKind;
}

/** Whether a circuit looks at how long calls wait for their first content: only one of a model can be slow. */
export const countsSlowCalls = ({ kind }: CircuitName, { thresholds }: CircuitSetting): boolean =>
  kind === 'target' && thresholds.slowCallMs > 0;
