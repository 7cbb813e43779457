import { systemClock, type Clock } from '@holdfast/core';
import { retryBudget, type RetryBudget } from '@holdfast/retry';

/** One for each clock: those of a process, which has one, share what they may retry. */
const budgets = new WeakMap<Clock, RetryBudget>();

/** The budget that the presets of a process share, so that ten services in one process do not retry ten times as much. */
export function sharedRetryBudget(clock: Clock = systemClock): RetryBudget {
  let budget = budgets.get(clock);
  if (budget === undefined) {
    budget = retryBudget();
    budgets.set(clock, budget);
  }
  return budget;
}
