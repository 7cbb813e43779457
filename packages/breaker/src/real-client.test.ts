import { pipeline, refusalOf } from '@holdfast/core';
import { faults, ManualClock, startUpstream, type FaultRule } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { breaker } from './index.ts';

const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold?' }] };

async function service(...script: readonly FaultRule[]) {
  const upstream = await startUpstream({ script });
  const clock = new ManualClock();
  const layer = breaker({ openMs: 30_000, openJitterRatio: 0 });
  const resilient = pipeline({ clock }).use(layer).build();
  const client = resilient.wrap(new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-any' }));
  const stream = async (): Promise<number> => {
    let chunks = 0;
    for await (const _chunk of await client.chat.completions.create({ ...question, stream: true })) chunks++;
    return chunks;
  };
  const failure = async (): Promise<InstanceType<typeof OpenAI.APIError>> => {
    const error: unknown = await stream().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof OpenAI.APIError)) throw new Error('no APIError', { cause: error });
    return error;
  };
  const state = () => layer.status().get(`${upstream.url} gpt-5 chat`);
  return { upstream, clock, client, stream, failure, state, [Symbol.asyncDispose]: () => upstream.close() };
}

describe('the openai client over real HTTP', () => {
  it('opens on streams that are cut after good headers, and closes on one that is whole', async () => {
    await using calls = await service({ times: 5, fault: faults.cutStream({ afterEvents: 2 }) });
    const { upstream, clock, stream, failure, state } = calls;
    for (let index = 0; index < 5; index++) expect((await failure()).code).toBe('stream_interrupted');
    expect(state()).toBe('open');

    const refused = await failure();
    expect(refused).toBeInstanceOf(OpenAI.InternalServerError);
    expect(refused.code).toBe('circuit_open');
    expect(refusalOf(refused)).toMatchObject({ layer: 'breaker', retryAfterMs: 30_000 });
    expect(upstream.log).toHaveLength(5);

    await clock.advance(30_000);
    expect(await stream()).toBeGreaterThan(0);
    expect(state()).toBe('closed');
    expect(upstream.log).toHaveLength(6);
  });

  it('stays closed however many requests are wrong', async () => {
    await using calls = await service({ fault: faults.status(400) });
    for (let index = 0; index < 12; index++) expect((await calls.failure()).status).toBe(400);
    expect(calls.state()).toBe('closed');
    expect(calls.upstream.log).toHaveLength(12);
  });

  it('takes an upstream that breaks connections for down', async () => {
    await using calls = await service({ fault: faults.reset() });
    for (let index = 0; index < 5; index++) expect(await calls.failure()).toBeInstanceOf(OpenAI.APIConnectionError);
    expect((await calls.failure()).code).toBe('circuit_open');
  });
});
