import {
  attempt,
  conclude,
  discard,
  notify,
  recovering,
  sleep,
  type Attempt,
  type Call,
  type Fault,
  type Middleware,
  type Next,
} from '@holdfast/core';
import { lastWord } from './last-word.ts';
import { resolveOptions, type ResolvedRetryOptions, type RetryEvent, type RetryOptions } from './options.ts';
import { WaitPlan } from './wait-plan.ts';

/**
 * Retries what may succeed a little later: rate limits, overload, 5xx, broken connections. Waits as
 * long as the server asked and a little more, never past the deadline, never after the last attempt.
 * What cannot be sent twice is sent once.
 *
 * When it gives up, the caller gets the last upstream answer (or error) itself.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function retry(options: RetryOptions = {}): Middleware {
  const resolved = resolveOptions(options);
  return {
    name: 'retry',
    layer: 'retry',
    handle: (call, next) => recovering(call, next, (first) => retries(call, next, first, resolved)),
    describe: () => {
      const { maxRetries, initialDelayMs, maxDelayMs, maxServerWaitMs } = resolved;
      return `maxRetries ${maxRetries}, backoff ${initialDelayMs}–${maxDelayMs} ms, server waits up to ${maxServerWaitMs} ms`;
    },
  };
}

/** Goes on from a first attempt that failed. */
async function retries(call: Call, next: Next, first: Attempt, options: ResolvedRetryOptions): Promise<Response> {
  const plan = new WaitPlan(options, call.context.random);
  let result = first;
  for (let number = 1; ; number++) {
    const { fault } = result;
    if (fault === undefined) return conclude(result);
    const delayMs = nextDelayMs(call, fault, number, plan, options);
    if (delayMs === undefined) {
      const response = conclude(result);
      return fault.status === undefined ? response : lastWord(response);
    }
    if (result.response !== undefined) discard(result.response);
    announce(call, { attempt: number, fault, delayMs }, options);
    await sleep(call.clock, delayMs, call.signal);
    result = await attempt(call.with({ attempt: number + 1 }), next);
  }
}

/** How long to wait for the next attempt, or `undefined` if there is none; the reason goes on record. */
function nextDelayMs(
  call: Call,
  fault: Fault,
  number: number,
  plan: WaitPlan,
  options: ResolvedRetryOptions,
): number | undefined {
  if (!fault.retryable) return undefined;
  const giveUp = (reason: string): undefined => {
    call.journey.decision('retry', 'give_up', reason);
    return undefined;
  };
  if (number > options.maxRetries) return giveUp(`${fault.kind} after ${number} attempt(s)`);
  if (!call.body.replayable) return giveUp(`${fault.kind}, and a streamed body cannot be sent twice`);
  if ((fault.retryAfterMs ?? 0) > options.maxServerWaitMs)
    return giveUp(
      `the server asked for ${fault.retryAfterMs} ms, more than maxServerWaitMs ${options.maxServerWaitMs}`,
    );
  if (call.patienceMs !== undefined && (fault.retryAfterMs ?? 0) > call.patienceMs)
    return giveUp(`the server asked for ${fault.retryAfterMs} ms, and there is another rung to go to`);
  const delayMs = plan.nextMs(fault.retryAfterMs);
  const leftMs = call.remainingMs();
  if (delayMs >= leftMs)
    return giveUp(`a wait of ${Math.round(delayMs)} ms does not fit into the ${Math.round(leftMs)} ms left`);
  return delayMs;
}

function announce(call: Call, event: Omit<RetryEvent, 'callId' | 'service'>, options: ResolvedRetryOptions): void {
  const { fault, delayMs } = event;
  const asked = fault.retryAfterMs === undefined ? '' : `, the server asked for ${fault.retryAfterMs} ms`;
  call.journey.wait('retry', delayMs, fault.kind + asked);
  notify(call.context, 'retry.onRetry', options.onRetry, { callId: call.id, service: call.service, ...event });
}
