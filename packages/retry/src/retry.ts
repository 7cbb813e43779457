import {
  attempt,
  conclude,
  discard,
  faultOf,
  faultOfThrown,
  announce,
  sleep,
  type Call,
  type FailedAttempt,
  type Middleware,
  type Next,
} from '@holdfast/core';
import { attemptCall, type NextAttempt } from './attempt-call.ts';
import { budgetOf } from './budget.ts';
import { CallRetries, type Shared } from './call-retries.ts';
import { describeRetries } from './describe-retries.ts';
import type { RetryEvent } from './events.ts';
import { Exhaustion } from './exhaustion.ts';
import { lastWord } from './last-word.ts';
import { retriesFurtherOut } from './nested.ts';
import { resolveOptions, type RetryOptions } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';

/** What `retry()` makes. */
export interface RetryMiddleware extends Middleware {
  /** What its retries are taken from, and `stats()` of it; `undefined` where it is switched off. */
  readonly budget: RetryBudget | undefined;
}

/**
 * Retries what may succeed a little later: rate limits, overload, 5xx, broken connections, streams that fail before
 * their first content. Waits as long as the server asked and a little more, never past the deadline, never after the
 * last attempt, and only while there is room in the budget. What cannot be sent twice is sent once.
 *
 * When it gives up, the caller gets the last upstream answer (or error) itself.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function retry(options: RetryOptions = {}): RetryMiddleware {
  const resolved = resolveOptions(options);
  const budget = budgetOf(resolved.budget);
  const shared: Shared = { options: resolved, budget, exhaustion: new Exhaustion(resolved.onBudgetExhausted) };
  return {
    name: 'retry',
    layer: 'retry',
    budget,
    // A request beside another one is a second try already.
    handle: (call, next) => (call.isHedge ? next(call) : begin(call, next, shared)),
    describe: () => describeRetries(resolved, budget),
  };
}

const first: NextAttempt = Object.freeze({ number: 1, timeouts: 0 });

/** The first attempt. No promise more than it takes, as most calls end with it. */
function begin(call: Call, next: Next, shared: Shared): Promise<Response> {
  return next(attemptCall(call, first, shared.options)).then(
    (response) => {
      const fault = faultOf(response);
      if (fault !== undefined) return goOn(call, next, { shared, failed: { response, fault } });
      noteSuccess(call, shared);
      return response;
    },
    (error: unknown) => goOn(call, next, { shared, failed: { error, fault: faultOfThrown(call, error) } }),
  );
}

/** Goes on from a first attempt that failed. */
async function goOn(
  call: Call,
  next: Next,
  { shared, failed }: { readonly shared: Shared; readonly failed: FailedAttempt },
): Promise<Response> {
  const outer = failed.fault.retryable ? retriesFurtherOut(call) : undefined;
  if (outer !== undefined) {
    call.journey.decision('retry', 'give_up', `${failed.fault.kind}; who is further out retries already (${outer})`);
    return conclude(failed);
  }
  const retries = new CallRetries(call, shared);
  for (let current = failed; ;) {
    const delayMs = retries.delayAfter(current);
    if (delayMs === undefined) return lastOf(current);
    if (current.response !== undefined) discard(current.response);
    tellOf(call, { attempt: retries.failed, fault: current.fault, delayMs }, shared);
    await sleep(call.clock, delayMs, call.signal);
    const result = await attempt(retries.next(), next);
    if (result.fault === undefined) {
      noteSuccess(call, shared);
      return conclude(result);
    }
    current = { ...result, fault: result.fault };
  }
}

/** What the caller gets when there is no further attempt. */
function lastOf(failed: FailedAttempt): Response {
  const response = conclude(failed);
  // A stream that failed has the status of one that did not, and says so in its own words.
  return failed.fault.status === undefined ? response : lastWord(response);
}

function noteSuccess({ route, clock }: Call, { budget }: Shared): void {
  budget?.noteSuccess(route.origin, clock.monotonic());
}

function tellOf(call: Call, event: Omit<RetryEvent, 'callId' | 'service'>, { options }: Shared): void {
  const { fault, delayMs } = event;
  const asked = fault.retryAfterMs === undefined ? '' : `, the server asked for ${fault.retryAfterMs} ms`;
  call.journey.wait('retry', delayMs, fault.kind + asked);
  announce(call.context, 'retry.onRetry', options.onRetry, { callId: call.id, service: call.service, ...event });
}
