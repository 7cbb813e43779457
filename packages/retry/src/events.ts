import type { Fault } from '@holdfast/core';
import type { BudgetStats } from './retry-budget.ts';

/** What {@link RetryOptions.onRetry} is told. */
export interface RetryEvent {
  readonly callId: string;
  readonly service: string;
  /** The attempt that failed, 1-based. */
  readonly attempt: number;
  readonly fault: Fault;
  /** How long the next attempt is waited for, in milliseconds. */
  readonly delayMs: number;
}

/** What {@link RetryOptions.onBudgetExhausted} is told. */
export interface BudgetExhaustedEvent extends Omit<RetryEvent, 'delayMs'> {
  /** Where the call goes, e.g. `https://api.openai.com`. */
  readonly origin: string;
  /** Of what is spent: of the endpoint, or of all of them together. */
  readonly stats: BudgetStats;
}
