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
export async function observe(call: Call, next: Next, listener: OutcomeListener): Promise<Response> {
  let response: Response;
  try {
    response = await next(call);
  } catch (error) {
    const reason = exchangeOf(error)?.fault ?? faultOfThrown(call, error);
    notify(
      call.context,
      'observe',
      listener,
      new Outcome({
        ending: reason.kind === 'aborted' ? 'cancelled' : 'failed',
        fault: reason,
        durationMs: call.journey.elapsedMs(),
      }),
    );
    throw error;
  }
  onSettled(response, listener);
  return response;
}
