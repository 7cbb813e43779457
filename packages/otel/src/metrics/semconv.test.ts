import { cannedAnswer, cannedFetch, chatChunks, jsonAnswer } from '@holdfast/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchOf, question, streamOf } from '../../test/bench.ts';
import { startMeter, unlisted, type RecordedMeter } from '../../test/meter.ts';
import { telemetry } from '../index.ts';

let meter: RecordedMeter;

beforeEach(() => void (meter = startMeter()));
afterEach(async () => {
  expect(unlisted(await meter.points())).toEqual([]);
  await meter.stop();
});

describe('the names of the conventions', () => {
  it('tell embeddings by their input alone', async () => {
    const vectors = () =>
      jsonAnswer({
        object: 'list',
        data: [],
        model: 'text-embedding-3-small',
        usage: { prompt_tokens: 9, total_tokens: 9 },
      });
    const call = fetchOf(cannedFetch(vectors), [telemetry({ meterProvider: meter.provider, semconv: 'both' })]);
    const body = JSON.stringify({ model: 'text-embedding-3-small', input: 'x' });
    await (await call({ body }, 'https://api.openai.com/v1/embeddings')).text();
    const found = (await meter.points()).filter(({ metric }) => metric.startsWith('gen_ai.'));
    expect(
      found.map(({ metric, value, attributes }) => [
        metric,
        metric.endsWith('duration') ? 0 : value,
        attributes['gen_ai.operation.name'],
      ]),
    ).toEqual([
      ['gen_ai.client.operation.duration', 0, 'embeddings'],
      ['gen_ai.client.token.usage', 9, 'embeddings'],
      ['gen_ai.client.embeddings.duration', 0, 'embeddings'],
      ['gen_ai.client.embeddings.operation.input_tokens', 9, 'embeddings'],
    ]);
  });

  it.each([
    [
      '1.41',
      [
        'gen_ai.client.operation.duration',
        'gen_ai.client.operation.time_per_output_chunk',
        'gen_ai.client.operation.time_to_first_chunk',
      ],
    ],
    ['next', ['gen_ai.client.inference.duration', 'gen_ai.client.inference.time_to_first_chunk']],
  ] as const)('have the names of %s', async (semconv, names) => {
    const call = fetchOf(
      cannedFetch(() => streamOf(chatChunks(['a', 'b']))),
      [telemetry({ meterProvider: meter.provider, semconv })],
    );
    await (await call({ body: JSON.stringify({ ...question, stream: true }) })).text();
    const found = (await meter.points()).map(({ metric }) => metric).filter((metric) => metric.startsWith('gen_ai.'));
    expect(found.toSorted()).toEqual(names);
  });

  it('count cached and thought tokens apart in the next version', async () => {
    const usage = {
      prompt_tokens: 50,
      completion_tokens: 30,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 20 },
    };
    const call = fetchOf(
      cannedFetch(() => jsonAnswer({ ...cannedAnswer, usage })),
      [telemetry({ meterProvider: meter.provider, semconv: 'next' })],
    );
    await (await call()).text();
    const found = (await meter.points()).filter(({ metric }) => metric.includes('.usage.'));
    expect(found.map(({ metric, value }) => [metric.slice('gen_ai.client.inference.usage.'.length), value])).toEqual([
      ['input_tokens', 50],
      ['output_tokens', 30],
      ['cache_read.input_tokens', 40],
      ['reasoning.output_tokens', 20],
    ]);
    expect(found[0]?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': 'gpt-5-2025-08-07',
      'gen_ai.token.modality': 'unknown',
      'server.address': 'api.openai.com',
      'server.port': 443,
    });
  });
});
