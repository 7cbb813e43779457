import { startUpstream } from '@holdfast/testkit';
import { expect, it } from 'vitest';
import type { ModelCapabilities } from '../models/capabilities.ts';
import { fit } from './fit.ts';

it('makes a request that the small model accepts at the first try', async () => {
  const rejects = ['reasoning_effort', 'max_completion_tokens'];
  await using upstream = await startUpstream({
    models: { big: {}, small: { rejects, maxOutputTokens: 16_384, contextTokens: 20_000 } },
  });
  const send = (body: object): Promise<Response> =>
    fetch(`${upstream.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const request = {
    model: 'big',
    messages: [{ role: 'user', content: 'Will it hold?' }],
    max_completion_tokens: 64_000,
    reasoning_effort: 'high',
  };
  const capabilities: ModelCapabilities = {
    reasoningEfforts: [],
    maxTokens: 'only',
    maxOutputTokens: 16_384,
    contextTokens: 20_000,
  };
  const fitted = fit(request, { operation: 'chat', model: 'small', capabilities });
  if (fitted.unfit !== undefined) throw new Error(fitted.unfit);

  expect((await send({ ...request, model: 'small' })).status).toBe(400);
  expect((await send(fitted.json)).status).toBe(200);
  expect(fitted.changes.map(({ parameter, action }) => `${parameter} ${action}`)).toEqual([
    'reasoning_effort dropped',
    'max_completion_tokens translated',
    'max_tokens clamped',
  ]);
});
