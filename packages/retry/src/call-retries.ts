import type { Call, FailedAttempt, Fault, FaultKind } from '@holdfast/core';
import { whyNotAgain } from './ambiguity.ts';
import { attemptCall } from './attempt-call.ts';
import type { Exhaustion } from './exhaustion.ts';
import type { ResolvedRetryOptions } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';
import { WaitPlan } from './wait-plan.ts';

/** What all calls of one `retry()` share. */
export interface Shared {
  readonly options: ResolvedRetryOptions;
  readonly budget: RetryBudget | undefined;
  readonly exhaustion: Exhaustion;
}

/** The retries of one call: whether there is another, and when. */
export class CallRetries {
  readonly #call: Call;
  readonly #shared: Shared;
  readonly #plan: WaitPlan;
  readonly #countByKind = new Map<FaultKind, number>();
  /** Attempts that have failed. */
  #failed = 0;

  constructor(call: Call, shared: Shared) {
    this.#call = call;
    this.#shared = shared;
    this.#plan = new WaitPlan(shared.options, call.context.random);
  }

  /** Attempts that have failed. */
  get failed(): number {
    return this.#failed;
  }

  /** The next attempt. */
  next(): Call {
    const timeouts = this.#countByKind.get('timeout') ?? 0;
    return attemptCall(this.#call, { number: this.#failed + 1, timeouts }, this.#shared.options);
  }

  /**
   * How long to wait for the next attempt, in milliseconds, or `undefined` if there is none; the reason goes on
   * record. Takes the room in the budget last, so that nothing is taken for a retry that does not come.
   */
  delayAfter(result: FailedAttempt): number | undefined {
    this.#failed++;
    const { fault } = result;
    if (!fault.retryable) return undefined;
    const reason = this.#spent(fault) ?? this.#unfit(result) ?? this.#tooLong(fault);
    const delayMs = reason === undefined ? this.#plan.nextMs(fault.retryAfterMs) : 0;
    const late = reason ?? this.#unaffordable(delayMs) ?? this.#overBudget(fault);
    if (late === undefined) return delayMs;
    this.#call.journey.decision('retry', 'give_up', late);
    return undefined;
  }

  #spent({ kind }: Fault): string | undefined {
    const { maxRetries, maxRetriesByFault } = this.#shared.options;
    if (this.#failed > maxRetries) return `${kind} after ${this.#failed} attempt(s)`;
    const count = this.#countByKind.get(kind) ?? 0;
    const limit = maxRetriesByFault[kind];
    if (limit !== undefined && count >= limit) return `${kind} after ${count} of ${limit} retries of that kind`;
    this.#countByKind.set(kind, count + 1);
    return undefined;
  }

  #unfit(result: FailedAttempt): string | undefined {
    if (!this.#call.body.replayable) return `${result.fault.kind}, and a streamed body cannot be sent twice`;
    return whyNotAgain(this.#call, result, this.#shared.options.ambiguous);
  }

  #tooLong({ retryAfterMs = 0 }: Fault): string | undefined {
    const { maxServerWaitMs } = this.#shared.options;
    const { patienceMs } = this.#call;
    if (retryAfterMs > maxServerWaitMs)
      return `the server asked for ${retryAfterMs} ms, more than maxServerWaitMs ${maxServerWaitMs}`;
    if (patienceMs !== undefined && retryAfterMs > patienceMs)
      return `the server asked for ${retryAfterMs} ms, and there is another rung to go to`;
    return undefined;
  }

  #unaffordable(delayMs: number): string | undefined {
    const leftMs = this.#call.remainingMs();
    if (delayMs < leftMs) return undefined;
    return `a wait of ${Math.round(delayMs)} ms does not fit into the ${Math.round(leftMs)} ms left`;
  }

  #overBudget(fault: Fault): string | undefined {
    const { budget, exhaustion } = this.#shared;
    if (budget === undefined) return undefined;
    if (budget.tryRetry(this.#call.route.origin, this.#call.clock.monotonic())) return undefined;
    return exhaustion.report(this.#call, { budget, fault, attempt: this.#failed });
  }
}
