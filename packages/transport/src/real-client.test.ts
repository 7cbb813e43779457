import { faults, startUpstream, type FaultRule } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { transport } from './index.ts';

const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold?' }] };

async function alone(...script: readonly FaultRule[]) {
  const upstream = await startUpstream({ script });
  const pooled = transport();
  const client = new OpenAI({ apiKey: 'sk-alone', baseURL: upstream.baseURL, fetch: pooled.fetch, maxRetries: 0 });
  return {
    upstream,
    client,
    async [Symbol.asyncDispose]() {
      await upstream.close();
      await pooled.close();
    },
  };
}

describe('the openai client over the transport alone', () => {
  it('answers, streams and says which request it was', async () => {
    await using app = await alone();
    const { data, response, request_id } = await app.client.chat.completions.create(question).withResponse();
    expect(data.choices[0]?.finish_reason).toBe('stop');
    expect([response.status, request_id]).toEqual([200, app.upstream.log[0]?.requestId]);
    let text = '';
    for await (const chunk of await app.client.chat.completions.create({ ...question, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(data.choices[0]?.message.content);
  });

  it.each([
    [faults.rateLimit(), OpenAI.RateLimitError],
    [faults.overloaded(), OpenAI.InternalServerError],
    [faults.reset({ at: 'headers' }), OpenAI.APIConnectionError],
  ])('fails as the client fails: %j', async (fault, errorClass) => {
    await using app = await alone({ fault });
    await expect(app.client.chat.completions.create(question)).rejects.toBeInstanceOf(errorClass);
    expect(app.upstream.log).toHaveLength(1);
  });

  it('lets go of a stream that is left', async () => {
    await using app = await alone({ fault: faults.hang({ at: 'body', afterEvents: 2 }) });
    for await (const _chunk of await app.client.chat.completions.create({ ...question, stream: true })) break;
    await vi.waitFor(() => expect(app.upstream.openSockets).toBe(0));
    expect(app.upstream.log[0]?.aborted).toBe(true);
  });
});
