import { checkOptions, type Rule, rules, type Usage } from '@holdfast/core';
import type { Meter, MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api';
import type { ContentPlace } from './content/capture.ts';
import type { CaptureContent } from './content/telling.ts';
import { hostEntry } from './stream-usage/accepting-hosts.ts';

/** Versions of the GenAI semantic conventions that spans and metrics can follow; `next` is the one after the newest release. */
export type Semconv = '1.41' | 'next' | 'both';

/** How `telemetry()` behaves. */
export interface TelemetryOptions {
  /**
   * Draws the spans. Wins over {@link TelemetryOptions.tracerProvider}.
   * @defaultValue a tracer named `@holdfast/otel` of the provider
   */
  readonly tracer?: Tracer;
  /**
   * Where the tracer comes from.
   * @defaultValue the global provider, also one that is registered after the pipeline was built
   */
  readonly tracerProvider?: TracerProvider;
  /**
   * Keeps the metrics. Wins over {@link TelemetryOptions.meterProvider}.
   * @defaultValue a meter named `@holdfast/otel` of the provider
   */
  readonly meter?: Meter;
  /**
   * Where the meter comes from.
   * @defaultValue the global provider, also one that is registered after the pipeline was built
   */
  readonly meterProvider?: MeterProvider;
  /**
   * What an answer costs, in US dollars, by the model that answered and the tokens it took; `undefined` where that is
   * not known. Without it no cost is reported. One that throws is reported to `warn` and breaks nothing.
   */
  readonly costOf?: (model: string, usage: Usage) => number | undefined;
  /**
   * Version of the GenAI semantic conventions that names attributes and metrics. They are all still in
   * development, so the names stand behind this option. `both` reports each metric under its old and its new name.
   * @defaultValue '1.41', the newest release
   * @see https://github.com/open-telemetry/semantic-conventions/releases/tag/v1.41.1
   */
  readonly semconv?: Semconv;
  /**
   * Whether upstreams are asked for the usage of event streams of chat and legacy completions, which they tell only
   * to those who ask. What that adds to a stream is taken out of it again before the caller reads it, unless he asked
   * himself. `ask` asks hosts that are known to accept it and those of {@link TelemetryOptions.streamUsageHosts}, only
   * for calls that are recorded, and never in a body that is signed or is no text. `never` asks nobody, and then a
   * stream has usage only if its caller asked for it.
   * @defaultValue 'ask'
   */
  readonly streamUsage?: 'ask' | 'never';
  /**
   * Hosts to ask beside `api.openai.com`, its regional hosts and `*.openai.azure.com`: host names with or without a
   * port, `*.` in front for all below. Only such as tell no usage of a stream unless they are asked.
   * @defaultValue none
   */
  readonly streamUsageHosts?: readonly string[];
  /**
   * Whether prompts, answers, instructions and tools are told: as attributes of the span of the call, as an event
   * (`gen_ai.client.inference.operation.details`, which needs version 1.10 of the API), or both.
   * @defaultValue 'none'
   */
  readonly captureContent?: CaptureContent;
  /**
   * Cleans each text of content, after keys, tokens, e-mail addresses, card numbers and IBANs were taken out of it.
   * `place` is `input`, `output`, `instructions` or `tools`. Where it throws, nothing is told of the call's content.
   * @defaultValue nothing more is taken out
   */
  readonly redact?: (text: string, place: ContentPlace) => string;
  /**
   * Characters of JSON that are told at most, for each of input, output, instructions and tools. What is longer is
   * cut, and still whole JSON.
   * @defaultValue 16384
   */
  readonly maxContentChars?: number;
  /**
   * What to do within a span that somebody else has drawn for the call: `enrich` it with what it lacks and draw none of
   * our own, or `ignore` it and draw ours within.
   * @defaultValue 'enrich'
   */
  readonly outerSpan?: 'enrich' | 'ignore';
  /**
   * Whether anything is drawn at all. Off, the layer only passes calls on.
   * @defaultValue true
   */
  readonly enabled?: boolean;
}

/** Options with every default in its place. */
export interface ResolvedTelemetryOptions {
  readonly tracer: Tracer | undefined;
  readonly tracerProvider: TracerProvider | undefined;
  readonly meter: Meter | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly costOf: TelemetryOptions['costOf'];
  readonly semconv: Semconv;
  readonly streamUsage: 'ask' | 'never';
  readonly streamUsageHosts: readonly string[];
  readonly captureContent: CaptureContent;
  readonly redact: TelemetryOptions['redact'];
  readonly maxContentChars: number;
  readonly outerSpan: 'enrich' | 'ignore';
  readonly enabled: boolean;
}

/** The only place where a default stands. */
export const defaults: ResolvedTelemetryOptions = Object.freeze({
  tracer: undefined,
  tracerProvider: undefined,
  meter: undefined,
  meterProvider: undefined,
  costOf: undefined,
  semconv: '1.41',
  streamUsage: 'ask',
  streamUsageHosts: [],
  captureContent: 'none',
  redact: undefined,
  maxContentChars: 16_384,
  outerSpan: 'enrich',
  enabled: true,
});

const withMethod = (name: string, expected: string): Rule => ({
  expected: `${expected}, with ${name}()`,
  holds: (value) => typeof (value as Record<string, unknown> | null)?.[name] === 'function',
});

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: TelemetryOptions): ResolvedTelemetryOptions {
  checkOptions('telemetry', options, {
    tracer: withMethod('startSpan', 'a tracer of OpenTelemetry'),
    tracerProvider: withMethod('getTracer', 'a tracer provider of OpenTelemetry'),
    meter: withMethod('createHistogram', 'a meter of OpenTelemetry'),
    meterProvider: withMethod('getMeter', 'a meter provider of OpenTelemetry'),
    costOf: rules.callback,
    semconv: {
      expected: "'1.41', 'next' or 'both'",
      holds: (value) => value === '1.41' || value === 'next' || value === 'both',
    },
    streamUsage: { expected: "'ask' or 'never'", holds: (value) => value === 'ask' || value === 'never' },
    streamUsageHosts: {
      expected: "a list of hosts, e.g. ['gateway.example.com', '*.example.com', '127.0.0.1:8080']",
      holds: (value) =>
        Array.isArray(value) && value.every((entry) => typeof entry === 'string' && hostEntry.test(entry)),
    },
    captureContent: {
      expected: "'none', 'spans', 'events' or 'both'",
      holds: (value) => ['none', 'spans', 'events', 'both'].includes(value as string),
    },
    redact: rules.callback,
    maxContentChars: {
      expected: 'a whole number from 1',
      holds: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
    },
    outerSpan: { expected: "'enrich' or 'ignore'", holds: (value) => value === 'enrich' || value === 'ignore' },
    enabled: rules.flag,
  });
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given };
}
