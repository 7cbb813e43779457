import { Secret, type Middleware } from '@holdfast/core';
import { cannedAnswer, cannedFetch, chatChunks, errorAnswer, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { apiKey, clientOf, question, recording, retrying, streamOf } from '../../test/bench.ts';
import { attributes, telemetry } from '../index.ts';

const recorder = recording();

const usage = {
  prompt_tokens: 9,
  completion_tokens: 4,
  prompt_tokens_details: { cached_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

const holder: Middleware = {
  name: 'auth',
  layer: 'auth',
  handle(call, next) {
    const secret = Secret.from(apiKey, 'the test');
    return next(call.with({ credential: { id: 'primary', kind: 'key', secret, origins: [call.route.origin] } }));
  },
};

describe('the table of attributes', () => {
  it('promises none that is never drawn', async () => {
    const upstream = cannedFetch(
      () => errorAnswer(503, {}, { 'x-request-id': 'req_1' }),
      () => jsonAnswer({ ...cannedAnswer, usage, service_tier: 'priority', system_fingerprint: 'fp_1' }),
      () => jsonAnswer({ object: 'list', data: [], model: 'e', usage: { prompt_tokens: 2, total_tokens: 2 } }),
      () => streamOf(chatChunks(['a'])),
      () => errorAnswer(400),
    );
    const client = clientOf(upstream, [telemetry(), retrying(), holder]);
    await client.chat.completions.create({
      ...question,
      temperature: 1,
      top_p: 1,
      max_completion_tokens: 9,
      frequency_penalty: 0,
      presence_penalty: 0,
      stop: ['a'],
      n: 2,
      seed: 1,
      response_format: { type: 'json_object' },
      service_tier: 'priority',
    });
    await client.embeddings.create({ model: 'e', input: 'x', dimensions: 2, encoding_format: 'float' });
    for await (const _ of await client.chat.completions.create({ ...question, stream: true }));
    await expect(client.chat.completions.create(question)).rejects.toMatchObject({ status: 400 });
    const drawn = new Set(recorder.spans.flatMap((span) => Object.keys(span.attributes)));
    expect([...drawn].toSorted()).toEqual(
      Object.values(attributes)
        // Those have tests of their own: here nothing of what is said may be on a span.
        .filter(({ when }) => !when.includes('captureContent'))
        .map(({ name }) => name)
        .toSorted(),
    );
    const chat = recorder.spans.find(({ name }) => name === 'chat gpt-5');
    expect(chat?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 4,
      'gen_ai.usage.cache_read.input_tokens': 3,
      'gen_ai.usage.reasoning.output_tokens': 2,
    });
    const embedding = recorder.spans.find(({ name }) => name === 'embeddings e');
    expect(embedding?.attributes).not.toHaveProperty('gen_ai.usage.output_tokens');
  });
});
