import type { MetricAttribute } from './attribute-keys.ts';

/** One metric: its name, what it is made with, what it tells, and when. */
export interface MetricRow {
  readonly name: string;
  /** A gauge is read from layers whenever metrics are collected. */
  readonly instrument: 'counter' | 'up-down counter' | 'histogram' | 'gauge';
  readonly unit: string;
  readonly attributes: readonly MetricAttribute[];
  readonly when: string;
  readonly source: string;
  /** The version of the conventions that has it, where not every one does. */
  readonly semconv?: '1.41' | 'next';
  /** Upper ends of the buckets of a histogram. */
  readonly buckets?: readonly number[];
  /** What stands for several readings with the same attributes. */
  readonly merge?: 'sum' | 'min' | 'max';
}

/** The row of a counter. */
export interface CounterRow extends MetricRow {
  readonly instrument: 'counter' | 'up-down counter';
}

/** The row of a histogram. */
export interface HistogramRow extends MetricRow {
  readonly instrument: 'histogram';
  readonly buckets: readonly number[];
}

/** The row of a gauge. */
export interface GaugeRow extends MetricRow {
  readonly instrument: 'gauge';
  readonly merge: 'sum' | 'min' | 'max';
}
