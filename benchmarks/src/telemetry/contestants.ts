import { OpenAIInstrumentation as OpenInference } from '@arizeai/openinference-instrumentation-openai';
import { metrics, trace } from '@opentelemetry/api';
import { OpenAIInstrumentation as Contrib } from '@opentelemetry/instrumentation-openai';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { pipeline, telemetry } from 'holdfast';
import OpenAI from 'openai';
import { cannedAnswers, type Kind } from './canned.ts';

const fresh = (kind: Kind): OpenAI => new OpenAI({ apiKey: 'sk-bench', fetch: cannedAnswers(kind), maxRetries: 0 });

/** As services run it: spans in batches, metrics once a minute; only where they would go is left out. */
function startSdk(): void {
  const exporter = {
    export: (_metrics: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  new NodeSDK({
    traceExporter: { export: (_spans, done) => done({ code: 0 }), shutdown: () => Promise.resolve() },
    metricReaders: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })],
    instrumentations: [],
  }).start();
}

const bare = (kind: Kind): OpenAI => pipeline({ service: 'bench' }).build().wrap(fresh(kind));
const seen = (kind: Kind): OpenAI => pipeline({ service: 'bench' }).use(telemetry()).build().wrap(fresh(kind));

/** Contrib stops below version 7 of the client; its gate is widened here, by handing it the module itself. */
function contrib(kind: Kind): OpenAI {
  startSdk();
  const instrumentation = new Contrib();
  instrumentation.setTracerProvider(trace.getTracerProvider());
  instrumentation.setMeterProvider(metrics.getMeterProvider());
  const [definition] = (instrumentation as unknown as { init(): { patch(module: object): object }[] }).init();
  definition?.patch({ OpenAI });
  return fresh(kind);
}

function openInference(kind: Kind): OpenAI {
  startSdk();
  const instrumentation = new OpenInference();
  instrumentation.setTracerProvider(trace.getTracerProvider());
  instrumentation.manuallyInstrument(OpenAI);
  return fresh(kind);
}

/** What is measured, and what it is measured against: the same client without anybody who watches. */
export const contestants: Readonly<Record<string, { readonly than: string | undefined; make(kind: Kind): OpenAI }>> = {
  'bare client': { than: undefined, make: fresh },
  'pipeline without telemetry': { than: undefined, make: bare },
  'telemetry, no SDK': { than: 'pipeline without telemetry', make: seen },
  'telemetry, SDK': {
    than: 'pipeline without telemetry',
    make(kind) {
      startSdk();
      return seen(kind);
    },
  },
  'OTel contrib, SDK': { than: 'bare client', make: contrib },
  'OpenInference, SDK': { than: 'bare client', make: openInference },
};
