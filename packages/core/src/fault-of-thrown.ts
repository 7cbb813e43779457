import type { Call } from './call.ts';
import { classifyError } from './classify.ts';
import { fault, type Fault } from './fault.ts';

/**
 * What an error thrown further in means. Whatever is thrown once the caller has aborted is the abort;
 * an `AbortError` without that is a connection that somebody else gave up.
 */
export function faultOfThrown(call: Call, error: unknown): Fault {
  const reason = classifyError(error);
  if (call.signal?.aborted === true) return reason.kind === 'deadline_exceeded' ? reason : fault('aborted');
  return reason.kind === 'aborted' ? fault('network') : reason;
}
