import type { Attributes, BatchObservableCallback, Histogram, Meter, ObservableGauge } from '@opentelemetry/api';
import type { Semconv } from '../options.ts';
import { metrics, type CounterName, type HistogramName, type MetricName } from './catalogue.ts';
import type { MetricRow } from './metric-row.ts';
import { Sum } from './sum.ts';

/** A gauge, and what it is. */
export interface Gauge {
  readonly row: MetricRow;
  readonly gauge: ObservableGauge;
}

/** The instruments of one meter. What the chosen conventions do not have goes nowhere. */
export interface Instruments {
  /** By the name of the metric. */
  readonly gauges: ReadonlyMap<string, Gauge>;
  /** Adds to a counter. Never throws. */
  add(name: CounterName, value: number, attributes: Attributes): void;
  /** Puts a value into a histogram. Never throws. */
  record(name: HistogramName, value: number, attributes: Attributes): void;
  /** Has `callback` called whenever the gauges are read. Never throws. */
  observe(callback: BatchObservableCallback): void;
  /** Ends that. Never throws. */
  unobserve(callback: BatchObservableCallback): void;
}

/**
 * Makes the instruments of the catalogue. Throws what the meter throws while it makes them.
 *
 * @param failed - told of an instrument that throws later.
 */
export function instrumentsOf(meter: Meter, semconv: Semconv, failed: (error: unknown) => void): Instruments {
  const counters: Partial<Record<MetricName, Sum>> = {};
  const histograms: Partial<Record<MetricName, Histogram>> = {};
  const gauges = new Map<string, Gauge>();
  for (const [called, row] of Object.entries(metrics) as [MetricName, MetricRow][]) {
    if (row.semconv !== undefined && semconv !== 'both' && row.semconv !== semconv) continue;
    const options = { unit: row.unit, description: descriptionOf(row) };
    if (row.instrument === 'counter') counters[called] = new Sum(meter.createObservableCounter(row.name, options));
    else if (row.instrument === 'up-down counter')
      counters[called] = new Sum(meter.createObservableUpDownCounter(row.name, options));
    else if (row.instrument === 'gauge')
      gauges.set(row.name, { row, gauge: meter.createObservableGauge(row.name, options) });
    else histograms[called] = meter.createHistogram(row.name, { ...options, ...advised(row) });
  }
  const safely = (report: () => void): void => {
    try {
      report();
    } catch (error) {
      failed(error);
    }
  };
  const observables = [...gauges.values()].map(({ gauge }) => gauge);
  return {
    gauges,
    add: (name, value, attributes) => safely(() => counters[name]?.add(value, attributes)),
    record: (name, value, attributes) => safely(() => histograms[name]?.record(value, attributes)),
    observe: (callback) => safely(() => meter.addBatchObservableCallback(callback, observables)),
    unobserve: (callback) => safely(() => meter.removeBatchObservableCallback(callback, observables)),
  };
}

const advised = ({ buckets }: MetricRow) =>
  buckets === undefined ? {} : { advice: { explicitBucketBoundaries: [...buckets] } };

/** For those who see it beside the metric, without what only a README shows. */
const descriptionOf = ({ when, source }: MetricRow): string => `${source} (${when})`.replaceAll('`', '');
