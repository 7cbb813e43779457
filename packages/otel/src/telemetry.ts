import { observe, type Call, type Middleware, type Next, type Outcome } from '@holdfast/core';
import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { AttemptSpans } from './attempt-spans.ts';
import { key } from './attributes.ts';
import { errorTypeOf } from './error-type.ts';
import { operationNameOf } from './operation.ts';
import { resolveOptions, type TelemetryOptions } from './options.ts';
import { creationAttributes, requestAttributes } from './request-attributes.ts';
import { responseAttributes } from './response-attributes.ts';

/** Instrumentation scope of the spans: the name and version of this package. */
export const scope = { name: '@holdfast/otel', version: '0.1.0' } as const;

/**
 * Draws one GenAI span per call and one HTTP span per request that the call took, and hands each
 * request the `traceparent` of its span. The span of a call ends when the body of its answer has
 * ended. No prompt, completion, error text or key is ever on a span.
 *
 * Outermost of all layers, it sees retries, fallbacks and refusals. Without a registered SDK it only
 * passes calls on.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function telemetry(options: TelemetryOptions = {}): Middleware {
  const { tracer: given, tracerProvider = trace, semconv, enabled } = resolveOptions(options);
  const tracer = given ?? tracerProvider.getTracer(scope.name, scope.version);
  return {
    name: 'telemetry',
    layer: 'telemetry',
    handle: (call, next) => (enabled ? traced(call, next, tracer) : next(call)),
    describe: () => (enabled ? `spans, semconv ${semconv}, no content` : 'off'),
  };
}

function traced(call: Call, next: Next, tracer: Tracer): Promise<Response> {
  const parent = context.active();
  let span: Span;
  try {
    span = startSpan(call, tracer);
  } catch (error) {
    call.context.warn(`holdfast ${call.service}: telemetry could not draw a call`, error);
    return next(call);
  }
  const recording = span.isRecording();
  // Neither an SDK nor a trace to hand on.
  if (!recording && !isSpanContextValid(span.spanContext())) return next(call);
  const within = trace.setSpan(parent, span);
  const observed = call.with({ observer: new AttemptSpans(tracer, within) });
  return context.with(within, () =>
    recording ? observe(observed, next, (outcome) => end(span, call, outcome)) : next(observed),
  );
}

function startSpan(call: Call, tracer: Tracer): Span {
  const operation = operationNameOf(call.route.operation);
  const model = call.root.requestedModel;
  const name = model === undefined ? operation : `${operation} ${model}`;
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: creationAttributes(call) });
  return span;
}

/** Errors that were retried or handled further in are not on this span: the outcome is the caller's. */
function end(span: Span, call: Call, outcome: Outcome): void {
  try {
    const answered = outcome.status !== undefined && call.body.stream;
    const errorType = outcome.fault && errorTypeOf(call, outcome.fault, answered);
    // All at once, and only now: what is set earlier is held, and looked at, for as long as the call lasts.
    const attributes = Object.assign(requestAttributes(call), responseAttributes(call, outcome));
    attributes[key.ending] = errorType === undefined ? outcome.ending : 'failed';
    if (errorType !== undefined) attributes[key.errorType] = errorType;
    span.setAttributes(attributes);
    if (errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  } finally {
    span.end();
  }
}
