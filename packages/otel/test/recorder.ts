import { trace, type Attributes } from '@opentelemetry/api';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';

type SpanProcessor = NonNullable<NodeSDKConfiguration['spanProcessors']>[number];

/** A span as the SDK exports it. */
export type RecordedSpan = Parameters<SpanProcessor['onEnd']>[0];

/** The real SDK, registered globally, that keeps what it exports. */
export interface Recorder {
  /** Spans that ended since {@link Recorder.clear}, in the order in which they did. */
  readonly spans: readonly RecordedSpan[];
  /** Spans that began and have not ended. */
  readonly open: number;
  /** Every span since the start. */
  readonly all: readonly RecordedSpan[];
  clear(): void;
  stop(): Promise<void>;
}

/** Starts the SDK with the W3C propagator and `AsyncLocalStorage`, as services do. */
export function startRecorder(configuration: Partial<NodeSDKConfiguration> = {}): Recorder {
  const all: RecordedSpan[] = [];
  let from = 0;
  let open = 0;
  const processor: SpanProcessor = {
    onStart: () => void open++,
    onEnd(span) {
      open--;
      all.push(span);
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const sdk = new NodeSDK({
    autoDetectResources: false,
    metricReaders: [],
    logRecordProcessors: [],
    spanProcessors: [processor],
    ...configuration,
  });
  sdk.start();
  return {
    all,
    get spans() {
      return all.slice(from);
    },
    get open() {
      return open;
    },
    clear: () => void (from = all.length),
    async stop() {
      await sdk.shutdown();
      trace.disable();
    },
  };
}

/** The one span of the call, and those of its attempts in the order in which they began. */
export function treeOf(spans: readonly RecordedSpan[]): { call: RecordedSpan; attempts: RecordedSpan[] } {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const calls = spans.filter((span) => !ids.has(span.parentSpanContext?.spanId ?? ''));
  const call = calls[0];
  if (call === undefined || calls.length > 1)
    throw new Error(`expected the span of one call, got ${calls.map(({ name }) => name).join(', ') || 'none'}`);
  const attempts = spans.filter((span) => span.parentSpanContext?.spanId === call.spanContext().spanId);
  return { call, attempts };
}

/** One attribute of several spans. */
export const values = (spans: readonly { readonly attributes: Attributes }[], name: string): unknown[] =>
  spans.map((span) => span.attributes[name]);
