import type { Call } from './call.ts';
import { faultOfThrown } from './fault-of-thrown.ts';
import { exchangeOf, onSettled, type OutcomeListener } from './exchange.ts';
import type { Next } from './middleware.ts';
import { notify } from './notify.ts';
import { Outcome } from './outcome.ts';

/**
 * Runs everything further in and tells `listener` exactly once how it ended: when the body of the
 * answer has ended, or when there is none because the call was refused, failed or was aborted.
 */
export function observe(call: Call, next: Next, listener: OutcomeListener): Promise<Response> {
  return next(call).then(
    (response) => {
      onSettled(response, listener);
      return response;
    },
    (error: unknown) => {
      const reason = exchangeOf(error)?.fault ?? faultOfThrown(call, error);
      const ending = reason.kind === 'aborted' ? 'cancelled' : 'failed';
      const outcome = new Outcome({ ending, fault: reason, durationMs: call.journey.elapsedMs() });
      notify(call.context, 'observe', listener, outcome);
      throw error;
    },
  );
}
