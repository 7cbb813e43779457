import { observe, type Call, type Middleware, type Next } from '@holdfast/core';
import { context, isSpanContextValid, trace, type Span, type Tracer } from '@opentelemetry/api';
import { AttemptSpans } from './spans/attempt-spans.ts';
import { endSpan, startSpan } from './spans/call-span.ts';
import { resolveOptions, type TelemetryOptions } from './options.ts';

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
    recording ? observe(observed, next, (outcome) => endSpan(span, call, outcome)) : next(observed),
  );
}
