import type { Call } from './call.ts';
import { Exchange, track } from './exchange.ts';
import { fault, type FaultKind } from './fault.ts';
import { Outcome } from './outcome.ts';

/** The `code` of a refusal that is answered with an API error response. */
export type AnsweredCode =
  | 'circuit_open'
  | 'state_bound'
  | 'rate_limited_local'
  | 'queue_full'
  | 'budget_exceeded'
  | 'credentials_exhausted'
  | 'origin_not_bound'
  | 'redirect_refused'
  | 'malformed_response'
  | 'audit_unavailable';

/** How each refusal surfaces: status, `type` of the error body, and the fault that layers see. */
const table: Readonly<Record<AnsweredCode, readonly [number, string, FaultKind]>> = {
  circuit_open: [503, 'holdfast_refusal', 'circuit_open'],
  // Another place could answer, but what the request refers to lives in this one.
  state_bound: [503, 'holdfast_refusal', 'circuit_open'],
  rate_limited_local: [429, 'holdfast_refusal', 'rate_limited_local'],
  queue_full: [429, 'holdfast_refusal', 'rate_limited_local'],
  budget_exceeded: [429, 'insufficient_quota', 'budget_exceeded'],
  credentials_exhausted: [401, 'authentication_error', 'credentials_exhausted'],
  origin_not_bound: [401, 'authentication_error', 'origin_not_bound'],
  redirect_refused: [502, 'holdfast_refusal', 'redirect_refused'],
  malformed_response: [502, 'holdfast_refusal', 'malformed_response'],
  // Nothing may be done that cannot be written down.
  audit_unavailable: [503, 'holdfast_refusal', 'audit_unavailable'],
};

/** The `code` of a refusal, as `error.code` shows it to the caller. */
export type RefusalCode = AnsweredCode | 'deadline_exceeded';

/** Holdfast itself said no: who, why, and for how long. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Name of the layer that refused. */
  readonly layer: string;
  readonly message: string;
  /** When to come back, where that is known. */
  readonly retryAfterMs?: number;
}

/**
 * Refuses a call with an API error response, from which the client builds the class of its own
 * that the caller's `catch` already knows.
 *
 * @param refusal.message - one sentence for whoever reads it at night: what, where, until when.
 */
export function refuse(call: Call, refusal: Refusal & { readonly code: AnsweredCode }): Response {
  const [status, type, kind] = table[refusal.code];
  call.journey.refusal(refusal.layer, refusal.code, refusal.message);
  const { code, retryAfterMs } = refusal;
  const headers = new Headers({ 'content-type': 'application/json', 'x-should-retry': 'false' });
  if (retryAfterMs !== undefined) headers.set('retry-after-ms', String(Math.ceil(retryAfterMs)));
  const error = { message: refusal.message, type, param: null, code };
  const response = new Response(JSON.stringify({ error }), { status, headers });
  const reason = fault(kind, { code, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  const exchange = new Exchange(call.context, call.journey, reason, refusal);
  exchange.settle(new Outcome({ ending: 'failed', fault: reason, durationMs: call.journey.elapsedMs() }));
  track(response, exchange);
  return response;
}

/** The total deadline has passed, or what would have to be waited for lies behind it. */
export class DeadlineExceededError extends Error {
  readonly code = 'deadline_exceeded';

  constructor(message: string) {
    super(message);
    // The client recognises a timeout by this name and makes it an APIConnectionTimeoutError.
    this.name = 'TimeoutError';
  }
}

/** The error to throw for a deadline: the only refusal that is thrown and not answered. */
export function deadlineExceeded(call: Call, layer: string, message: string): DeadlineExceededError {
  call.journey.refusal(layer, 'deadline_exceeded', message);
  const error = new DeadlineExceededError(message);
  const refusal: Refusal = { code: 'deadline_exceeded', layer, message };
  track(error, new Exchange(call.context, call.journey, fault('deadline_exceeded'), refusal));
  return error;
}
