import { observe, together, type Call, type Middleware, type Next, type Outcome } from '@holdfast/core';
import {
  context,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { CallRecord } from './metrics/call-record.ts';
import { CountedAttempts } from './metrics/counted-attempts.ts';
import { Metrics } from './metrics/metrics.ts';
import { AttemptSpans } from './spans/attempt-spans.ts';
import { endSpan, startSpan } from './spans/call-span.ts';
import { contentTold, keptBytes } from './content/telling.ts';
import { hasLogs } from './content/event.ts';
import { resolveOptions, type ResolvedTelemetryOptions, type TelemetryOptions } from './options.ts';
import { enrich, outerSpan } from './spans/outer-span.ts';
import { tracersOf } from './tracers.ts';
import { streamUsage } from './stream-usage/stream-usage.ts';

/**
 * Draws one GenAI span per call and one HTTP span per request that the call took, hands each request the
 * `traceparent` of its span, and keeps metrics of calls, of requests and of what the other layers do. The span of a
 * call ends when the body of its answer has ended. Unless `captureContent` says otherwise, no prompt, completion, error
 * text or key is on a span, an event or a metric.
 *
 * Outermost of all layers, it sees retries, fallbacks and refusals. Without a registered SDK it only
 * passes calls on.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function telemetry(options: TelemetryOptions = {}): Middleware {
  const resolved = resolveOptions(options);
  const { enabled } = resolved;
  const metrics = new Metrics(resolved);
  const askUsage = resolved.streamUsage === 'ask' ? streamUsage(resolved.streamUsageHosts) : undefined;
  const tracerNow = tracersOf(resolved.tracer, resolved.tracerProvider);
  const means: Instrumentation = { options: resolved, tracerNow, metrics, askUsage };
  return {
    name: 'telemetry',
    layer: 'telemetry',
    handle: (call, next) => (enabled ? watched(call, next, means) : next(call)),
    describe: () => (enabled ? described(resolved) : 'off'),
    ...(enabled && {
      assembled: (onion) => metrics.assembled(onion),
      onEvent: (event) => metrics.event(event),
      close: async () => metrics.close(),
    }),
  };
}

function described({ semconv, captureContent, streamUsage: asks }: ResolvedTelemetryOptions): string {
  const isMute = captureContent !== 'none' && captureContent !== 'spans' && !hasLogs();
  const content = captureContent === 'none' ? 'no content' : `content on ${captureContent}`;
  const parts = [`spans, semconv ${semconv}, ${content}${isMute ? ' (no events: API 1.9 has none)' : ''}`, 'metrics'];
  if (asks === 'never') parts.push('streams are asked for no usage');
  return parts.join('; ');
}

/** What a layer tells with. */
interface Instrumentation {
  readonly options: ResolvedTelemetryOptions;
  readonly tracerNow: () => Tracer;
  readonly metrics: Metrics;
  /** Asks for the usage of streams that tell it to nobody else. */
  readonly askUsage: Middleware['handle'] | undefined;
}

/** The span of a call, active further in. */
interface Drawn {
  readonly tracer: Tracer;
  readonly span: Span;
  readonly within: Context;
  /** Somebody else has drawn it. */
  readonly isOuter: boolean;
}

function watched(call: Call, next: Next, means: Instrumentation): Promise<Response> {
  const { options, metrics, askUsage } = means;
  const drawn = drawnSpan(call, means);
  const record = metrics.begin(call);
  const spans = drawn && new AttemptSpans(drawn.tracer, drawn.within);
  const observer = record === undefined ? spans : new CountedAttempts(record, spans);
  if (observer === undefined) return next(call);
  // For nobody to tell it to, nothing is asked.
  const isDrawn = drawn?.span.isRecording() === true;
  const asks = (record !== undefined || isDrawn) && call.body.stream;
  const seen = call.with({
    observer: together(call.observer, observer),
    beforeSending: (asks ? askUsage : undefined) ?? call.beforeSending,
    keptBytes: isDrawn && options.captureContent !== 'none' ? keptBytes : call.keptBytes,
  });
  const run = (): Promise<Response> => told(seen, next, { drawn: isDrawn ? drawn : undefined, record, options });
  return drawn === undefined ? run() : context.with(drawn.within, run);
}

/** `undefined` where there is neither an SDK nor a trace to hand on. */
function drawnSpan(call: Call, { options, tracerNow }: Instrumentation): Drawn | undefined {
  try {
    const tracer = tracerNow();
    const outer = options.outerSpan === 'enrich' ? outerSpan() : undefined;
    if (outer !== undefined) return { tracer, span: outer, within: context.active(), isOuter: true };
    const span = startSpan(call, tracer);
    if (!span.isRecording() && !isSpanContextValid(span.spanContext())) return undefined;
    return { tracer, span, within: trace.setSpan(context.active(), span), isOuter: false };
  } catch (error) {
    call.context.warn(`holdfast ${call.service}: telemetry could not draw a call`, error);
    return undefined;
  }
}

interface Told {
  readonly drawn: Drawn | undefined;
  readonly record: CallRecord | undefined;
  readonly options: ResolvedTelemetryOptions;
}

/** Runs everything further in, and tells how it ended to whoever wants to know. */
function told(call: Call, next: Next, { drawn, record, options }: Told): Promise<Response> {
  if (drawn === undefined && record === undefined) return next(call);
  return observe(call, next, (outcome) => {
    record?.end(outcome);
    if (drawn?.isOuter === true) enrich(drawn.span, call, outcome);
    else if (drawn !== undefined) end(drawn, call, { outcome, options });
  });
}

function end(
  { span, within }: Drawn,
  call: Call,
  { outcome, options }: { readonly outcome: Outcome; readonly options: ResolvedTelemetryOptions },
): void {
  const { captureContent: capture, redact, maxContentChars } = options;
  const tellContent =
    capture === 'none'
      ? undefined
      : (attributes: Attributes) =>
          contentTold(call, outcome, { capture, redact, maxContentChars, within, attributes });
  endSpan(span, call, { outcome, tellContent });
}
