import { faults, startUpstream, type FaultRule } from '@holdfast/testkit';
import { holdfast } from 'holdfast';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { placeCall, type CallResult } from '../src/demo/call.ts';

/** One streamed or plain call, bare or wrapped, on an upstream with one fault. */
async function called(
  fault: FaultRule['fault'] | undefined,
  how: { stream: boolean; wrapped: boolean },
): Promise<CallResult> {
  await using upstream = await startUpstream(fault === undefined ? {} : { script: [{ fault }] });
  const bare = new OpenAI({ apiKey: 'demo-key', baseURL: upstream.baseURL, maxRetries: 0 });
  const client = how.wrapped ? holdfast(bare, { retry: false }) : bare;
  return await placeCall(client, { model: 'gpt-5', stream: how.stream }, new AbortController().signal);
}

describe.each([false, true])('a call, wrapped: %s', (wrapped) => {
  it.each([false, true])('is an answer with model and tokens when it comes whole, streamed: %s', async (stream) => {
    const result = await called(undefined, { stream, wrapped });
    expect(result).toMatchObject({ model: 'gpt-5', tokens: { outputTokens: 12 } });
    expect(result.failure).toBeUndefined();
  });

  it('is a failure when its stream is cut, however quietly', async () => {
    const { failure } = await called(faults.cutStream({ afterEvents: 4 }), { stream: true, wrapped });
    expect(failure).toBe(wrapped ? 'cut reported' : 'cut unnoticed');
  });

  it('fails by the name of its status', async () => {
    expect((await called(faults.overloaded(), { stream: false, wrapped })).failure).toBe('503');
    expect((await called(faults.revokedKey(), { stream: true, wrapped })).failure).toBe('401');
  });

  it('fails when the connection does', async () => {
    expect((await called(faults.reset(), { stream: false, wrapped })).failure).toBe('connection');
  });
});
