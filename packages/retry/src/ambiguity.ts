import type { Call, FailedAttempt } from '@holdfast/core';
import type { AmbiguousOperation, AmbiguousOptions } from './options.ts';

/** Methods that change nothing, so that they can be sent any number of times. @see RFC 9110 §9.2.1 */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * What gateways answer that sent a request on and got nothing, or nothing whole, back: 502 and 504, and 520 and 524 of
 * the gateway that the API stands behind.
 * @see https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const gaveUpOn: ReadonlySet<number | undefined> = new Set([502, 504, 520, 524]);

/**
 * Why a call must not be sent again after an attempt that may have been processed; `undefined` where it may. An answer
 * of the API itself says how it went, also where it is an error.
 */
export function whyNotAgain(
  call: Call,
  failed: FailedAttempt,
  allowed: Required<AmbiguousOptions>,
): string | undefined {
  if (safeMethods.has(call.method) || !mayBeProcessed(failed)) return undefined;
  const what = `${failed.fault.kind}, and the request may have been processed`;
  if (call.route.operation === 'admin') return `${what}: admin requests that change something are not sent again`;
  const operation = operationOf(call, call.route.operation);
  if (allowed[operation] === 'retry') return undefined;
  return `${what}: sent again it may be done or billed twice; retry({ ambiguous: { ${operation}: 'retry' } }) does`;
}

/** Whether an attempt that hangs may be followed by another. Does not look into the body. */
export function mayFollowHang({ method, route }: Call, allowed: Required<AmbiguousOptions>): boolean {
  if (safeMethods.has(method)) return true;
  return route.operation !== 'admin' && allowed[route.operation] === 'retry';
}

function mayBeProcessed({ response, fault }: FailedAttempt): boolean {
  const { kind, status, neverSent } = fault;
  if (status !== undefined) return gaveUpOn.has(status);
  // Within a stream both say that it broke off; any other fault is how the request itself ended.
  if (kind === 'stream_interrupted' || kind === 'timeout') return neverSent !== true;
  return response === undefined && kind === 'network' && neverSent !== true;
}

function operationOf({ body }: Call, operation: AmbiguousOperation): AmbiguousOperation {
  const isAlone = operation === 'responses' && body.fields(['background'])['background'] === true;
  return isAlone ? 'background' : operation;
}
