import { checkOptions, type Rule, rules } from '@holdfast/core';
import type { Tracer, TracerProvider } from '@opentelemetry/api';

/** Versions of the GenAI semantic conventions that spans can follow. */
export type Semconv = '1.41';

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
   * Version of the GenAI semantic conventions that names the attributes. They are all still in
   * development, so the names stand behind this option.
   * @defaultValue '1.41', the newest release
   * @see https://github.com/open-telemetry/semantic-conventions/releases/tag/v1.41.1
   */
  readonly semconv?: Semconv;
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
  readonly semconv: Semconv;
  readonly enabled: boolean;
}

/** The only place where a default stands. */
export const defaults: ResolvedTelemetryOptions = Object.freeze({
  tracer: undefined,
  tracerProvider: undefined,
  semconv: '1.41',
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
    semconv: { expected: "'1.41'", holds: (value) => value === '1.41' },
    enabled: rules.flag,
  });
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given };
}
