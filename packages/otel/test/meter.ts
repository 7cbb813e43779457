import type { Attributes, MeterProvider as Provider } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { metricAttributes, metricCatalogue } from '../src/index.ts';

/** One series of a metric, as the SDK exports it. */
export interface Point {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a histogram the sum. */
  readonly value: number;
  /** Of a histogram how many values it got. */
  readonly count: number | undefined;
  readonly boundaries: readonly number[] | undefined;
}

/** The real SDK for metrics, that keeps what it collects. */
export interface RecordedMeter {
  readonly provider: Provider;
  /** Everything so far. */
  points(): Promise<Point[]>;
  /** The series of one metric. */
  of(metric: string): Promise<Point[]>;
  /** Warnings of ours and errors of the SDK while it collected. */
  readonly errors: readonly unknown[];
  stop(): Promise<void>;
}

/** Starts a meter provider that exports nothing by itself. */
export function startMeter(): RecordedMeter {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  const provider = new MeterProvider({ readers: [reader] });
  const errors: unknown[] = [];
  const points = async (): Promise<Point[]> => {
    const collected = await reader.collect();
    errors.push(...collected.errors);
    return collected.resourceMetrics.scopeMetrics.flatMap(({ metrics: found }) => found.flatMap(pointsOf));
  };
  return {
    provider,
    errors,
    points,
    of: async (metric) => (await points()).filter((point) => point.metric === metric),
    stop: () => provider.shutdown(),
  };
}

type Collected = Awaited<ReturnType<PeriodicExportingMetricReader['collect']>>['resourceMetrics'];

function pointsOf({ descriptor, dataPoints }: Collected['scopeMetrics'][number]['metrics'][number]): Point[] {
  return dataPoints.map(({ attributes, value }) => ({
    metric: descriptor.name,
    unit: descriptor.unit,
    attributes,
    value: typeof value === 'number' ? value : (value.sum ?? 0),
    count: typeof value === 'number' ? undefined : value.count,
    boundaries:
      typeof value === 'number' || !('buckets' in value) || !('boundaries' in value.buckets)
        ? undefined
        : value.buckets.boundaries,
  }));
}

/** What of `points` the catalogue does not list: metrics, units and attributes. */
export function unlisted(points: readonly Point[]): string[] {
  const rows = new Map(Object.values(metricCatalogue).map((row) => [row.name, row]));
  return points.flatMap(({ metric, unit, attributes }) => {
    const row = rows.get(metric);
    if (row === undefined) return [metric];
    const listed = new Set(row.attributes.map((attribute) => metricAttributes[attribute].name));
    const keys = Object.keys(attributes).filter((key) => !listed.has(key));
    return [...(row.unit === unit ? [] : [`${metric} in ${unit}`]), ...keys.map((key) => `${metric} by ${key}`)];
  });
}
