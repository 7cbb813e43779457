import type { MetricAttribute } from './attribute-keys.ts';
import { secondBuckets } from './buckets.ts';
import type { CounterRow, GaugeRow, HistogramRow } from './metric-row.ts';

const circuit: readonly MetricAttribute[] = [
  'service',
  'circuitKind',
  'serverAddress',
  'serverPort',
  'requestModel',
  'operationName',
  'apiType',
];
const limit: readonly MetricAttribute[] = ['service', 'serverAddress', 'serverPort', 'requestModel'];

/** Histograms among them, as the code calls them. */
export type StateHistogram = 'authRefreshDuration';

/** Counters among them, as the code calls them. */
export type StateCounter = 'circuitTransitions' | 'authRefreshes' | 'auditRecords';

/** Gauges among them, as the code calls them. */
export type StateGauge =
  | 'circuitStatus'
  | 'circuitFailureRatio'
  | 'rateLimitRemaining'
  | 'rateLimitLimit'
  | 'rateLimitQueueSize'
  | 'budgetUtilization'
  | 'authTimeToExpiry';

/** Metrics of ours that tell how things stand, and what happens outside of calls. */
export const stateMetrics: Readonly<
  Record<StateHistogram, HistogramRow> & Record<StateCounter, CounterRow> & Record<StateGauge, GaugeRow>
> = {
  circuitStatus: {
    name: 'holdfast.circuit_breaker.status',
    instrument: 'gauge',
    unit: '{circuit}',
    attributes: [...circuit, 'circuitState'],
    when: 'when read, for each circuit and each state',
    source: '1 for the state that it is in, otherwise 0',
    merge: 'max',
  },
  circuitFailureRatio: {
    name: 'holdfast.circuit_breaker.failure_ratio',
    instrument: 'gauge',
    unit: '1',
    attributes: circuit,
    when: 'when read, for each closed circuit that has counted something',
    source: 'failures among the calls of its window',
    merge: 'max',
  },
  circuitTransitions: {
    name: 'holdfast.circuit_breaker.transitions',
    instrument: 'counter',
    unit: '{transition}',
    attributes: [...circuit, 'circuitFrom', 'circuitState'],
    when: 'each change of state, where the circuits are the own ones of the layer',
    source: 'from which state, to which',
  },
  rateLimitRemaining: {
    name: 'holdfast.rate_limit.remaining',
    instrument: 'gauge',
    unit: '{permit}',
    attributes: [...limit, 'limitKind'],
    when: 'when read, for each limit that is known',
    source: 'what is left of it; below 0 if more was taken than there was',
    merge: 'min',
  },
  rateLimitLimit: {
    name: 'holdfast.rate_limit.limit',
    instrument: 'gauge',
    unit: '{permit}',
    attributes: [...limit, 'limitKind'],
    when: 'when read, for each limit that is known',
    source: 'how much there is in a window',
    merge: 'min',
  },
  rateLimitQueueSize: {
    name: 'holdfast.rate_limit.queue.size',
    instrument: 'gauge',
    unit: '{call}',
    attributes: limit,
    when: 'when read',
    source: 'calls that wait for room',
    merge: 'sum',
  },
  budgetUtilization: {
    name: 'holdfast.budget.utilization',
    instrument: 'gauge',
    unit: '1',
    attributes: ['service', 'budgetName'],
    when: 'when read, where a layer keeps a budget',
    source: 'the part of it that is spent',
    merge: 'max',
  },
  authTimeToExpiry: {
    name: 'holdfast.auth.credential.time_to_expiry',
    instrument: 'gauge',
    unit: 's',
    attributes: ['service', 'credentialId'],
    when: 'when read, for each credential whose end is known; not for those of tenants',
    source: 'until its value ends; below 0 once it has',
    merge: 'min',
  },
  authRefreshes: {
    name: 'holdfast.auth.refreshes',
    instrument: 'counter',
    unit: '{refresh}',
    attributes: ['service', 'result', 'refreshTrigger'],
    when: 'each time that a source was asked for a new value',
    source: '`renewed`, `unchanged` or `failed`, and why it was asked',
  },
  authRefreshDuration: {
    name: 'holdfast.auth.refresh.duration',
    instrument: 'histogram',
    unit: 's',
    attributes: ['service', 'result'],
    when: 'each time that a source was asked for a new value',
    source: 'how long it took; `renewed`, `unchanged` or `failed`',
    buckets: secondBuckets,
  },
  auditRecords: {
    name: 'holdfast.audit.records',
    instrument: 'counter',
    unit: '{record}',
    attributes: ['service', 'result', 'auditClass'],
    when: 'each line of the audit log',
    source: '`written`, `failed` or `dropped`',
  },
};
