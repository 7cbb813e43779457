import { secondBuckets } from './buckets.ts';
import type { CounterRow, HistogramRow } from './metric-row.ts';

/** Histograms among them, as the code calls them. */
export type CallHistogram = 'attemptDuration' | 'retryDelay' | 'rateLimitWait';

/** Counters among them, as the code calls them. */
export type CallCounter =
  | 'activeOperations'
  | 'attemptTokens'
  | 'budgetCost'
  | 'streamCompletions'
  | 'retryCalls'
  | 'retryAttempts'
  | 'retrySuppressed'
  | 'circuitCalls'
  | 'fallbackActivations'
  | 'rateLimitRejections'
  | 'budgetRejections'
  | 'coalesceRequests';

/** Metrics of ours that tell what happened in calls. */
export const callMetrics: Readonly<Record<CallHistogram, HistogramRow> & Record<CallCounter, CounterRow>> = {
  activeOperations: {
    name: 'holdfast.active_operations',
    instrument: 'up-down counter',
    unit: '{operation}',
    attributes: ['service', 'operationName'],
    when: 'from the start of each call to its end',
    source: 'calls under way, bodies included',
  },
  attemptDuration: {
    name: 'holdfast.attempt.duration',
    instrument: 'histogram',
    unit: 's',
    attributes: ['service', 'attemptKind', 'result', 'errorType', 'requestModel', 'serverAddress', 'serverPort'],
    when: 'each request, when its headers came or it failed',
    source: 'until then; `ok`, `failed` or `cancelled`, and the model that this request asked for',
    buckets: secondBuckets,
  },
  attemptTokens: {
    name: 'holdfast.attempt.tokens',
    instrument: 'counter',
    unit: '{token}',
    attributes: ['service', 'responseModel', 'tokenType', 'disposition'],
    when: 'if the answer to a request tells',
    source: '`usage` of every answer, also of those that the caller never saw',
  },
  budgetCost: {
    name: 'holdfast.budget.cost',
    instrument: 'counter',
    unit: '{USD}',
    attributes: ['service', 'responseModel', 'disposition'],
    when: 'if `costOf` tells',
    source: '`costOf` for every answer, also for those that the caller never saw',
  },
  streamCompletions: {
    name: 'holdfast.stream.completions',
    instrument: 'counter',
    unit: '{stream}',
    attributes: ['service', 'result'],
    when: 'each answer that came as a stream, at its end',
    source: '`done`; `cancelled` or never read; `cut` off or out of time; ended by an `error_event`',
  },
  retryCalls: {
    name: 'holdfast.retry.calls',
    instrument: 'counter',
    unit: '{call}',
    attributes: ['service', 'result'],
    when: 'each call that was retried, at its end',
    source: '`ok`, `failed` or `cancelled`',
  },
  retryAttempts: {
    name: 'holdfast.retry.attempts',
    instrument: 'counter',
    unit: '{attempt}',
    attributes: ['service', 'errorType'],
    when: 'each request that was sent again',
    source: 'by what had gone wrong before',
  },
  retryDelay: {
    name: 'holdfast.retry.delay',
    instrument: 'histogram',
    unit: 's',
    attributes: ['service'],
    when: 'each wait before a retry',
    source: 'how long it was to be',
    buckets: secondBuckets,
  },
  retrySuppressed: {
    name: 'holdfast.retry.suppressed',
    instrument: 'counter',
    unit: '{retry}',
    attributes: ['service', 'reason'],
    when: 'each retry that was not made though the fault would have allowed it',
    source: 'why: no retries left, no room in the budget, no time, the server asked for too long, …',
  },
  circuitCalls: {
    name: 'holdfast.circuit_breaker.calls',
    instrument: 'counter',
    unit: '{call}',
    attributes: ['service', 'result'],
    when: 'each time that a call asked a circuit, in pipelines with `breaker()`',
    source: '`permitted`, `probe`, `refused`, or `would_refuse` where it only observes',
  },
  fallbackActivations: {
    name: 'holdfast.fallback.activations',
    instrument: 'counter',
    unit: '{activation}',
    attributes: ['service', 'requestModel', 'fallbackTo', 'errorType'],
    when: 'each step down a ladder',
    source: 'the model that the caller asked for, the rung, and what had gone wrong before',
  },
  rateLimitWait: {
    name: 'holdfast.rate_limit.wait.duration',
    instrument: 'histogram',
    unit: 's',
    attributes: ['service'],
    when: 'each wait for room that ended with a place',
    source: 'how long it was',
    buckets: secondBuckets,
  },
  rateLimitRejections: {
    name: 'holdfast.rate_limit.rejections',
    instrument: 'counter',
    unit: '{call}',
    attributes: ['service', 'refusalCode'],
    when: 'each refusal of `rateLimit()`',
    source: 'by code',
  },
  budgetRejections: {
    name: 'holdfast.budget.rejections',
    instrument: 'counter',
    unit: '{call}',
    attributes: ['service', 'refusalCode'],
    when: 'each refusal of a budget',
    source: 'by code',
  },
  coalesceRequests: {
    name: 'holdfast.coalesce.requests',
    instrument: 'counter',
    unit: '{call}',
    attributes: ['service', 'result'],
    when: 'each decision of a layer that joins calls',
    source: 'what it decided',
  },
};
