import type { Attributes, MeterProvider as Provider } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

/** One series of a metric, as the SDK exports it. */
export interface MetricPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a histogram how many values it got. */
  readonly value: number;
}

/** The real SDK for metrics, and what it has collected. */
export function startMeter(): { readonly provider: Provider; points(): Promise<MetricPoint[]>; stop(): Promise<void> } {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    provider,
    async points() {
      const { resourceMetrics } = await reader.collect();
      return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => ({
            metric: name,
            unit,
            attributes,
            value: typeof value === 'number' ? value : value.count,
          })),
        ),
      );
    },
    stop: () => provider.shutdown(),
  };
}
