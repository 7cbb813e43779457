import { AttemptTimeoutError } from './attempt-timeout.ts';
import type { Call } from './call.ts';
import { classifyError } from './classify.ts';
import { fault, type Fault } from './fault.ts';

/**
 * What an error thrown further in means. Whatever is thrown once the caller has aborted is the abort, and once a
 * timeout has aborted the timeout; an `AbortError` without either is a connection that somebody else gave up.
 */
export function faultOfThrown(call: Call, error: unknown): Fault {
  const reason = classifyError(error);
  const { signal } = call;
  if (signal?.aborted !== true) return reason.kind === 'aborted' ? fault('network') : reason;
  return reason.kind === 'deadline_exceeded' ? reason : (faultOfLate(signal.reason) ?? fault('aborted'));
}

/** The fault of what was aborted because its time was up; `undefined` where somebody no longer wanted it. */
export function faultOfLate(reason: unknown): Fault | undefined {
  const isLate =
    reason instanceof AttemptTimeoutError ||
    (reason as { readonly code?: unknown } | null | undefined)?.code === 'deadline_exceeded';
  return isLate ? classifyError(reason) : undefined;
}
