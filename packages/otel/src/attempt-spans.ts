import { notify, type AttemptEntry, type AttemptObserver, type Call, type ObservedAttempt } from '@holdfast/core';
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { attemptKindOf, type PreviousAttempt } from './attempt-kind.ts';
import { key } from './attributes.ts';
import { errorTypeOf } from './error-type.ts';
import { suppressed } from './suppress.ts';

/**
 * Draws one CLIENT span per request, as children of the span of the call. Each request carries the
 * `traceparent` of its own span and runs with tracing suppressed.
 */
export class AttemptSpans implements AttemptObserver {
  readonly #tracer: Tracer;
  readonly #parent: Context;
  #previous: PreviousAttempt | undefined;

  /** @param parent - context with the span of the call. */
  constructor(tracer: Tracer, parent: Context) {
    this.#tracer = tracer;
    this.#parent = parent;
  }

  attemptStarted(call: Call, entry: AttemptEntry): ObservedAttempt {
    try {
      return this.#start(call, entry);
    } catch (error) {
      call.context.warn(`holdfast ${call.service}: telemetry could not draw an attempt`, error);
      return unobserved;
    }
  }

  #start(call: Call, entry: AttemptEntry): ObservedAttempt {
    const attributes = startAttributes(call, entry);
    attributes[key.attemptKind] = attemptKindOf(call, entry, this.#previous);
    this.#previous = { attempt: call.attempt, entry };
    const span = this.#tracer.startSpan(call.method, { kind: SpanKind.CLIENT, attributes }, this.#parent);
    const within = trace.setSpan(this.#parent, span);
    const headers = traceHeaders(within);
    return {
      ...(headers !== undefined && { headers }),
      run: (send) => context.with(suppressed(within), send),
      ended: () => notify(call.context, 'telemetry attempt', () => end(span, call, entry), undefined),
    };
  }
}

/** What stands in for an attempt that could not be drawn. */
const unobserved: ObservedAttempt = { run: (send) => send(), ended: () => undefined };

function startAttributes(call: Call, entry: AttemptEntry): Attributes {
  const attributes: Attributes = {
    [key.requestMethod]: call.method,
    [key.serverAddress]: call.route.host,
    [key.serverPort]: call.route.port,
    [key.urlFull]: call.route.address,
  };
  if (entry.number > 1) attributes[key.resendCount] = entry.number - 1;
  if (entry.model !== undefined) attributes[key.attemptModel] = entry.model;
  if (entry.credential !== undefined) attributes[key.credentialId] = entry.credential;
  return attributes;
}

/** Baggage stays in the house: it may name users and tenants, and upstream is somebody else's. */
function traceHeaders(within: Context): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  // Each change of a context copies it whole.
  const carried = propagation.getBaggage(within) === undefined ? within : propagation.deleteBaggage(within);
  propagation.inject(carried, headers);
  return Object.keys(headers).length === 0 ? undefined : headers;
}

function end(span: Span, call: Call, entry: AttemptEntry): void {
  if (entry.status !== undefined) span.setAttribute(key.statusCode, entry.status);
  if (entry.requestId !== undefined) span.setAttribute(key.requestId, [entry.requestId]);
  const errorType = entry.fault && errorTypeOf(call, entry.fault, false);
  if (errorType !== undefined) {
    span.setAttribute(key.errorType, errorType);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
