import type { MetricAttribute } from './attribute-keys.ts';
import { secondBuckets, tokenBuckets } from './buckets.ts';
import type { CounterRow, HistogramRow } from './metric-row.ts';

const call: readonly MetricAttribute[] = [
  'operationName',
  'providerName',
  'requestModel',
  'responseModel',
  'serverAddress',
  'serverPort',
];
const ended: readonly MetricAttribute[] = [...call, 'errorType'];
const counted: readonly MetricAttribute[] = [...call, 'tokenModality'];

/** Histograms among them, as the code calls them. */
export type GenAiHistogram =
  | 'operationDuration'
  | 'tokenUsage'
  | 'timeToFirstChunk'
  | 'timePerOutputChunk'
  | 'inferenceDuration'
  | 'inferenceTimeToFirstChunk'
  | 'embeddingsDuration'
  | 'embeddingsTokens';

/** Counters among them, as the code calls them. */
export type GenAiCounter = 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'reasoningTokens';

/** The metrics of the GenAI conventions: of the newest release, and of the version after it. */
export const genAiMetrics: Readonly<Record<GenAiHistogram, HistogramRow> & Record<GenAiCounter, CounterRow>> = {
  operationDuration: {
    name: 'gen_ai.client.operation.duration',
    instrument: 'histogram',
    unit: 's',
    attributes: ended,
    when: 'each call, at its end',
    source: 'from the start of the call to the end of the body, retries and waits included',
    semconv: '1.41',
    buckets: secondBuckets,
  },
  tokenUsage: {
    name: 'gen_ai.client.token.usage',
    instrument: 'histogram',
    unit: '{token}',
    attributes: [...call, 'tokenType'],
    when: 'if the answer tells',
    source: '`usage` of the answer that the caller got; no output for embeddings',
    semconv: '1.41',
    buckets: tokenBuckets,
  },
  timeToFirstChunk: {
    name: 'gen_ai.client.operation.time_to_first_chunk',
    instrument: 'histogram',
    unit: 's',
    attributes: call,
    when: 'streams, once an event came',
    source: 'from the start of the call to the first event, retries and waits included',
    semconv: '1.41',
    buckets: secondBuckets,
  },
  timePerOutputChunk: {
    name: 'gen_ai.client.operation.time_per_output_chunk',
    instrument: 'histogram',
    unit: 's',
    attributes: call,
    when: 'streams of two events or more, at their end',
    source: 'mean time between two events of the stream: one value for each stream and not for each event',
    semconv: '1.41',
    buckets: secondBuckets,
  },
  inferenceDuration: {
    name: 'gen_ai.client.inference.duration',
    instrument: 'histogram',
    unit: 's',
    attributes: ended,
    when: 'each call that is no embedding, at its end',
    source: 'from the start of the call to the end of the body, retries and waits included',
    semconv: 'next',
    buckets: secondBuckets,
  },
  inferenceTimeToFirstChunk: {
    name: 'gen_ai.client.inference.time_to_first_chunk',
    instrument: 'histogram',
    unit: 's',
    attributes: call,
    when: 'streams, once an event came',
    source: 'from the start of the call to the first event, retries and waits included',
    semconv: 'next',
    buckets: secondBuckets,
  },
  inputTokens: {
    name: 'gen_ai.client.inference.usage.input_tokens',
    instrument: 'counter',
    unit: '{token}',
    attributes: counted,
    when: 'if the answer tells; not for embeddings',
    source: '`usage` of the answer that the caller got',
    semconv: 'next',
  },
  outputTokens: {
    name: 'gen_ai.client.inference.usage.output_tokens',
    instrument: 'counter',
    unit: '{token}',
    attributes: counted,
    when: 'if the answer tells; not for embeddings',
    source: '`usage` of the answer that the caller got',
    semconv: 'next',
  },
  cacheReadTokens: {
    name: 'gen_ai.client.inference.usage.cache_read.input_tokens',
    instrument: 'counter',
    unit: '{token}',
    attributes: counted,
    when: 'if above 0',
    source: 'those of the input tokens that were read from a cache',
    semconv: 'next',
  },
  reasoningTokens: {
    name: 'gen_ai.client.inference.usage.reasoning.output_tokens',
    instrument: 'counter',
    unit: '{token}',
    attributes: counted,
    when: 'if above 0',
    source: 'those of the output tokens that were thought',
    semconv: 'next',
  },
  embeddingsDuration: {
    name: 'gen_ai.client.embeddings.duration',
    instrument: 'histogram',
    unit: 's',
    attributes: ended,
    when: 'each call for embeddings, at its end',
    source: 'from the start of the call to the end of the body, retries and waits included',
    semconv: 'next',
    buckets: secondBuckets,
  },
  embeddingsTokens: {
    name: 'gen_ai.client.embeddings.operation.input_tokens',
    instrument: 'histogram',
    unit: '{token}',
    attributes: call,
    when: 'embeddings, if the answer tells',
    source: '`usage` of the answer that the caller got',
    semconv: 'next',
    buckets: tokenBuckets,
  },
};
