import type { RequestListener } from 'node:http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { PeriodicExportingMetricReader, type IMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';

/** A running SDK. */
export interface Instrumentation {
  /** Answers Prometheus; for `/metrics` of the service. */
  readonly onScrape: RequestListener;
  /** Sends what is left, and ends. */
  close(): Promise<void>;
}

/**
 * Starts the OpenTelemetry SDK. This is all that an application needs: Holdfast finds the SDK by itself, whether it is
 * started before or after the pipeline, in ESM, CJS and bundles.
 *
 * @param otlpUrl - base URL of a collector (`http://127.0.0.1:4318`) for traces and metrics; without it nothing is sent.
 */
export function startInstrumentation(otlpUrl?: string): Instrumentation {
  const prometheus = new PrometheusExporter({ preventServerStart: true });
  const metricReaders: IMetricReader[] = [prometheus];
  if (otlpUrl !== undefined) {
    const exporter = new OTLPMetricExporter({ url: `${otlpUrl}/v1/metrics` });
    metricReaders.push(new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 10_000 }));
  }
  const sdk = new NodeSDK({
    serviceName: 'answers',
    metricReaders,
    logRecordProcessors: [],
    ...(otlpUrl === undefined
      ? { spanProcessors: [] }
      : { traceExporter: new OTLPTraceExporter({ url: `${otlpUrl}/v1/traces` }) }),
  });
  sdk.start();
  return {
    onScrape: (request, response) => prometheus.getMetricsRequestHandler(request, response),
    close: () => sdk.shutdown(),
  };
}
