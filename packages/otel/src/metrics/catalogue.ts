import { callMetrics, type CallCounter, type CallHistogram } from './call-metrics.ts';
import { genAiMetrics, type GenAiCounter, type GenAiHistogram } from './gen-ai-metrics.ts';
import { stateMetrics, type StateCounter, type StateHistogram, type StateGauge } from './state-metrics.ts';
import type { MetricRow } from './metric-row.ts';

/** What the code calls the counters. */
export type CounterName = GenAiCounter | CallCounter | StateCounter;

/** What the code calls the histograms. */
export type HistogramName = GenAiHistogram | CallHistogram | StateHistogram;

/** What the code calls the gauges. */
export type GaugeName = StateGauge;

/** What the code calls a metric. */
export type MetricName = CounterName | HistogramName | GaugeName;

/**
 * Every metric, under the name that the code knows it by. Instruments and the table in the README are made from this
 * one, and nothing else is ever reported.
 */
export const metrics: Readonly<Record<MetricName, MetricRow>> = { ...genAiMetrics, ...callMetrics, ...stateMetrics };

/** Every metric, for documentation and tests. */
export const metricCatalogue: Readonly<Record<string, MetricRow>> = metrics;
