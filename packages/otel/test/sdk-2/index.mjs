import { metrics } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

/** Registers SDK 2, as its README does. */
export function startSdk() {
  const spans = new InMemorySpanExporter();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register();
  const points = new InMemoryMetricExporter(1);
  const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: points })] });
  metrics.setGlobalMeterProvider(meters);
  return {
    async stop() {
      await meters.forceFlush();
      const told = { spans: spans.getFinishedSpans(), metrics: points.getMetrics() };
      await meters.shutdown();
      return told;
    },
  };
}
