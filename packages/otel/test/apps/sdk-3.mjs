import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemoryMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

/** Registers SDK 3, as its README does. */
export function startSdk() {
  const spans = [];
  const keeping = {
    onStart() {},
    onEnd: (span) => spans.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const points = new InMemoryMetricExporter(1);
  const reader = new PeriodicExportingMetricReader({ exporter: points });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    logRecordProcessors: [],
    spanProcessors: [keeping],
    metricReaders: [reader],
  });
  sdk.start();
  return {
    async stop() {
      await reader.forceFlush();
      const told = { spans, metrics: points.getMetrics() };
      await sdk.shutdown();
      return told;
    },
  };
}
