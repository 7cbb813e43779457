import type { Call, HoldBack } from '@holdfast/core';
import { mayFollowHang } from './ambiguity.ts';
import { attemptHeader } from './nested.ts';
import type { ResolvedRetryOptions } from './options.ts';

/** Time is divided only up to this much of it, in milliseconds: who has minutes has named no deadline. */
const longestDividedMs = 60_000;

/** The first content commits a stream: until then nobody has seen any of it. */
const untilContent: HoldBack = Object.freeze({});

/** The attempt that a call is made into. */
export interface NextAttempt {
  /** 1-based. */
  readonly number: number;
  /** Timeouts so far. */
  readonly timeouts: number;
}

/** The call as one attempt of it goes further in; on the way of a call that goes well the very call that came. */
export function attemptCall(call: Call, next: NextAttempt, options: ResolvedRetryOptions): Call {
  const { number } = next;
  const until = untilOf(call, next, options);
  const holdBack = call.holdBack ?? (keepsStreamBack(call, options) ? untilContent : undefined);
  if (number > 1) {
    const headerChanges = { ...call.headerChanges, [attemptHeader]: String(number) };
    return call.with({ attempt: number, headerChanges, holdBack, until });
  }
  return until === call.until && holdBack === call.holdBack ? call : call.with({ holdBack, until });
}

/** Without a retry to come there is nothing to keep it back for. */
const keepsStreamBack = ({ body }: Call, { holdBack, maxRetries }: ResolvedRetryOptions): boolean =>
  holdBack && maxRetries > 0 && body.stream && body.replayable;

/** When the attempt has to give up so that another one has time, where another may come. */
function untilOf(call: Call, next: NextAttempt, options: ResolvedRetryOptions): number | undefined {
  const { maxRetries, maxRetriesByFault, reserveRatio, ambiguous, initialDelayMs } = options;
  // A ladder further out has divided the time already.
  if (call.until !== undefined || reserveRatio === 0) return call.until;
  const mayFollow = next.number <= maxRetries && next.timeouts < (maxRetriesByFault.timeout ?? maxRetries);
  if (!mayFollow || !call.body.replayable || !mayFollowHang(call, ambiguous)) return undefined;
  // Last of all, as it is read off a header.
  const { deadline } = call;
  if (deadline === undefined) return undefined;
  const leftMs = deadline - call.clock.monotonic();
  const reserveMs = leftMs * reserveRatio;
  // What would be over with the wait before it is no attempt.
  return leftMs <= longestDividedMs && reserveMs >= 2 * initialDelayMs ? deadline - reserveMs : undefined;
}
