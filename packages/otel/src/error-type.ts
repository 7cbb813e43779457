import type { Call, Fault } from '@holdfast/core';

/** The timers of the client and of the pipeline start a moment apart; within this they are the same. */
const toleranceMs = 20;

/**
 * The `error.type` of a fault: the HTTP status where there was one, otherwise the kind. `undefined`
 * for what is no error, which is the caller's own cancelling.
 *
 * @param answered - the caller had its answer already; stopping to read it late is no timeout.
 */
export function errorTypeOf(call: Call, fault: Fault, answered: boolean): string | undefined {
  const { kind, status } = fault;
  if (kind === 'aborted') {
    // The client aborts on its own timeout as if its user had, and only the deadline tells them apart.
    return !answered && call.remainingMs() <= toleranceMs ? 'deadline_exceeded' : undefined;
  }
  return status !== undefined && status >= 400 ? String(status) : kind;
}
