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
import { attemptKindOf, type AttemptKind, type PreviousAttempt } from '../attempt-kind.ts';
import { key } from './attributes.ts';
import { errorTypeOf } from '../error-type.ts';
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
    const kind = attemptKindOf(call, entry, this.#previous);
    this.#previous = { attempt: call.attempt, entry };
    const attributes = startAttributes(call);
    const span = this.#tracer.startSpan(call.method, { kind: SpanKind.CLIENT, attributes }, this.#parent);
    const within = trace.setSpan(this.#parent, span);
    const headers = traceHeaders(within);
    return {
      ...(headers !== undefined && { headers }),
      run: (send) => context.with(suppressed(within), send),
      ended: () => notify(call.context, 'telemetry attempt', () => end(span, call, { entry, kind }), undefined),
    };
  }
}

/** What stands in for an attempt that could not be drawn. */
const unobserved: ObservedAttempt = { run: (send) => send(), ended: () => undefined };

/** What a sampler gets to see. The SDK looks twice through what it is given here, so the rest waits for the end. */
const startAttributes = ({ method, route }: Call): Attributes => ({
  [key.requestMethod]: method,
  [key.serverAddress]: route.host,
  [key.serverPort]: route.port,
  [key.urlFull]: route.address,
});

/** Baggage stays in the house: it may name users and tenants, and upstream is somebody else's. */
function traceHeaders(within: Context): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  // Each change of a context copies it whole.
  const carried = propagation.getBaggage(within) === undefined ? within : propagation.deleteBaggage(within);
  propagation.inject(carried, headers);
  return Object.keys(headers).length === 0 ? undefined : headers;
}

function end(span: Span, call: Call, { entry, kind }: { entry: AttemptEntry; kind: AttemptKind }): void {
  const attributes: Attributes = { [key.attemptKind]: kind };
  if (entry.number > 1) attributes[key.resendCount] = entry.number - 1;
  if (entry.model !== undefined) attributes[key.attemptModel] = entry.model;
  if (entry.credential !== undefined) attributes[key.credentialId] = entry.credential;
  if (entry.status !== undefined) attributes[key.statusCode] = entry.status;
  if (entry.requestId !== undefined) attributes[key.requestId] = [entry.requestId];
  const errorType = entry.fault && errorTypeOf(call, entry.fault, false);
  if (errorType !== undefined) attributes[key.errorType] = errorType;
  span.setAttributes(attributes);
  if (errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
