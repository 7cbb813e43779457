import type { Call } from './call.ts';
import { faultOf } from './exchange.ts';
import type { Fault } from './fault.ts';
import type { Next } from './middleware.ts';
import { faultOfThrown } from './fault-of-thrown.ts';

/** How one run of the inner layers went: an answer, a response that stands for a fault, or an error. */
export type Attempt =
  | { readonly response: Response; readonly fault: Fault | undefined; readonly error?: never }
  | { readonly error: unknown; readonly fault: Fault; readonly response?: never };

/** A run that did not give an answer. */
export type FailedAttempt = Attempt & { readonly fault: Fault };

/**
 * Runs everything further in. An answer is handed on as it is; for anything else `recover` has the word.
 * No promise more than it takes, as every call goes through here once for each layer that recovers.
 */
export function recovering(
  call: Call,
  next: Next,
  recover: (failed: FailedAttempt) => Promise<Response>,
): Promise<Response> {
  return next(call).then(
    (response) => {
      const fault = faultOf(response);
      return fault === undefined ? response : recover({ response, fault });
    },
    (error: unknown) => recover({ error, fault: faultOfThrown(call, error) }),
  );
}

/** Runs everything further in and tells how it went, for layers that try again. Never throws. */
export async function attempt(call: Call, next: Next): Promise<Attempt> {
  try {
    const response = await next(call);
    return { response, fault: faultOf(response) };
  } catch (error) {
    return { error, fault: faultOfThrown(call, error) };
  }
}

/** Ends a call with how an attempt went: its response, or its error thrown. */
export function conclude(result: Attempt): Response {
  if (result.response === undefined) throw result.error;
  return result.response;
}
