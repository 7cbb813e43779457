import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import { OptionError, pipeline, type Call } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { holdBackOf, resolveMidStream, type MidStreamByOperation } from './options.ts';

/** The call that a request is. */
async function callOf(path: string, body: object): Promise<Call> {
  let seen: Call | undefined;
  const layer = {
    name: 'seeing',
    layer: 'fallback' as const,
    handle: (call: Call, next: (call: Call) => Promise<Response>) => next((seen = call)),
  };
  const { fetch } = pipeline({ fetch: cannedFetch(() => jsonAnswer()) })
    .use(layer)
    .build();
  await fetch(`https://api.openai.com/v1${path}`, { method: 'POST', body: JSON.stringify(body) });
  return seen as Call;
}

const chat = () => callOf('/chat/completions', { model: 'gpt-5', stream: true });
const response = (background: boolean) => callOf('/responses', { model: 'gpt-5', stream: true, background });

describe('the policy of a call', () => {
  it('is an error, and a resume for a response in the background', async () => {
    const of = resolveMidStream();
    expect(of(await chat()).policy).toBe('error');
    expect(of(await response(false)).policy).toBe('error');
    expect(of(await response(true)).policy).toBe('resume');
    expect(resolveMidStream({ '*': { policy: 'error' } })(await response(true)).policy).toBe('error');
  });

  it('is that of its operation, or else that of all, with the defaults where it says nothing', async () => {
    const of = resolveMidStream({ '*': { policy: 'restart', maxMends: 2 }, responses: { policy: 'continue' } });
    expect(of(await chat())).toEqual({ policy: 'restart', maxMends: 2, bufferTokens: 64, bufferBytes: 1024 * 1024 });
    expect(of(await response(false))).toMatchObject({ policy: 'continue', maxMends: 2 });
    expect(of(await chat())).toBe(of(await chat()));
  });

  it('is an error where it cannot be done', async () => {
    const of = resolveMidStream({ '*': { policy: 'resume' } });
    expect(of(await chat()).policy).toBe('error');
    expect(of(await response(false)).policy).toBe('error');
    expect(of(await callOf('/embeddings', { model: 'm' })).policy).toBe('error');
  });

  it('says how much is kept back: until the first content, as much as is asked, or until the id is known', async () => {
    expect(holdBackOf(resolveMidStream()(await chat()))).toEqual({ tokens: 1 });
    expect(holdBackOf(resolveMidStream()(await response(true)))).toEqual({ bytes: 1 });
    const of = resolveMidStream({ chat: { policy: 'restart', bufferTokens: 8 } });
    expect(holdBackOf(of(await chat()))).toEqual({ tokens: 8, bytes: 1024 * 1024 });
  });

  it.each<[object, string]>([
    [{ chatt: {} }, 'fallback.midStream: expected policies by *, chat'],
    [
      { chat: { policy: 'resume' } },
      'fallback.midStream["chat"].policy: expected one of error, restart, continue, got',
    ],
    [{ chat: { polici: 'error' } }, 'fallback.midStream["chat"].polici'],
    [{ '*': { bufferTokens: 0 } }, 'fallback.midStream["*"].bufferTokens: expected a whole number from 1, got 0'],
    [{ chat: 'restart' }, 'fallback.midStream["chat"]'],
  ])('%j is refused', (given, message) => {
    expect(() => resolveMidStream(given as MidStreamByOperation)).toThrow(OptionError);
    expect(() => resolveMidStream(given as MidStreamByOperation)).toThrow(message);
  });
});
