import { observe, together, type Call, type Middleware, type Next } from '@holdfast/core';
import { context } from '@opentelemetry/api';
import { hasLogs } from './content/event.ts';
import { keptBytesFor } from './content/telling.ts';
import type { CallRecord } from './metrics/call-record.ts';
import { CountedAttempts } from './metrics/counted-attempts.ts';
import { Metrics } from './metrics/metrics.ts';
import { resolveOptions, type ResolvedTelemetryOptions, type TelemetryOptions } from './options.ts';
import { AttemptSpans } from './spans/attempt-spans.ts';
import { DrawnCalls, type DrawnCall } from './spans/drawn-calls.ts';
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
  const means: Instrumentation = { options: resolved, calls: new DrawnCalls(resolved), metrics, askUsage };
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
  readonly calls: DrawnCalls;
  readonly metrics: Metrics;
  /** Asks for the usage of streams that tell it to nobody else. */
  readonly askUsage: Middleware['handle'] | undefined;
}

function watched(call: Call, next: Next, means: Instrumentation): Promise<Response> {
  const { options, calls, metrics, askUsage } = means;
  const drawn = calls.draw(call);
  const record = metrics.begin(call);
  const spans = drawn && new AttemptSpans(drawn.tracer, drawn.within);
  const observer = record === undefined ? spans : new CountedAttempts(record, spans);
  if (observer === undefined) return next(call);
  const isDrawn = drawn?.span.isRecording() === true;
  // For nobody to tell it to, nothing is asked.
  const asks = (record !== undefined || isDrawn) && call.body.stream;
  const seen = call.with({
    observer: together(call.observer, observer),
    beforeSending: (asks ? askUsage : undefined) ?? call.beforeSending,
    keptBytes: isDrawn && asks ? Math.max(call.keptBytes, keptBytesFor(options)) : call.keptBytes,
  });
  const run = (): Promise<Response> => told(seen, next, { drawn: isDrawn ? drawn : undefined, record, calls });
  return drawn === undefined ? run() : context.with(drawn.within, run);
}

interface Told extends Pick<Instrumentation, 'calls'> {
  readonly drawn: DrawnCall | undefined;
  readonly record: CallRecord | undefined;
}

/** Runs everything further in, and tells how it ended to whoever wants to know. */
function told(call: Call, next: Next, { drawn, record, calls }: Told): Promise<Response> {
  if (drawn === undefined && record === undefined) return next(call);
  return observe(call, next, (outcome) => {
    record?.end(outcome);
    if (drawn !== undefined) calls.end(drawn, call, outcome);
  });
}
