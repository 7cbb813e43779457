import { announce, type Call, type Fault } from '@holdfast/core';
import type { BudgetExhaustedEvent } from './events.ts';
import type { BudgetStats, RetryBudget } from './retry-budget.ts';

/** Least time between two reports, in milliseconds: in an outage there would be one for each call. */
const reportEveryMs = 1000;

/** The retry that had no room. */
interface Refused {
  readonly budget: RetryBudget;
  readonly fault: Fault;
  readonly attempt: number;
}

/** Tells of retries that had no room in the budget: each call why, and the user once in a while. */
export class Exhaustion {
  readonly #callback: ((event: BudgetExhaustedEvent) => void) | undefined;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(callback: ((event: BudgetExhaustedEvent) => void) | undefined) {
    this.#callback = callback;
  }

  /** Why there is no retry, with the numbers. */
  report(call: Call, { budget, fault, attempt }: Refused): string {
    const { origin } = call.route;
    const nowMs = call.clock.monotonic();
    const all = budget.stats(undefined, nowMs);
    const isAll = all.remaining === 0;
    const stats = isAll ? all : budget.stats(origin, nowMs);
    if (nowMs - this.#reportedMs >= reportEveryMs) {
      this.#reportedMs = nowMs;
      const event = { callId: call.id, service: call.service, attempt, fault, origin, stats };
      announce(call.context, 'retry.onBudgetExhausted', this.#callback, event);
    }
    return `${fault.kind}, and the retry budget of ${isAll ? 'all endpoints' : origin} is spent: ${inWords(budget, stats)}`;
  }
}

function inWords({ options }: RetryBudget, { retries, successes }: BudgetStats): string {
  const { ratio, minRetriesPerSecond, windowMs } = options;
  return (
    `${retries} retries and ${successes} successes in ${windowMs} ms, ` +
    `where ${ratio} of the successes and ${minRetriesPerSecond} a second may be retries`
  );
}
