import { describe, expect, it } from 'vitest';
import { callOf } from '../test/service.ts';
import { TokenEstimate } from './estimate.ts';

const chat = (fields: object = {}, text = 'x'.repeat(400)): string =>
  JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: text }], ...fields });

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  cachedInputTokens: 0,
  reasoningTokens: 0,
});

describe('an estimate', () => {
  it('begins with four characters a token and knows nothing of answers', async () => {
    const call = await callOf(chat());
    expect(new TokenEstimate().of(call)).toBe(Math.ceil((call.body.sizeBytes as number) / 4));
  });

  it('comes within a tenth of what calls take within a few answers', async () => {
    const estimate = new TokenEstimate();
    for (let index = 1; index <= 5; index++) {
      const call = await callOf(chat({}, 'x'.repeat(300 * index)));
      const bytes = call.body.sizeBytes as number;
      if (index > 2) expect(Math.abs(estimate.of(call) / (bytes * 0.4 + 120) - 1)).toBeLessThan(0.1);
      estimate.learn(call, usage(bytes * 0.4, 120));
    }
    expect(estimate.seen).toBe(5);
  });

  it.each([
    ['max_tokens', { max_tokens: 500 }, 500],
    ['max_completion_tokens', { max_completion_tokens: 700 }, 700],
    ['max_output_tokens', { max_output_tokens: 900 }, 900],
    ['the one that the API goes by, of two', { max_tokens: 500, max_completion_tokens: 700 }, 700],
    ['n answers of that length', { max_tokens: 500, n: 3 }, 1500],
    ['no more where they are no numbers', { max_tokens: null, n: 'three' }, 0],
  ])('counts %s', async (_name, fields, output) => {
    const plain = new TokenEstimate(() => 100);
    expect(plain.of(await callOf(chat(fields)))).toBe(100 + output);
  });

  it('counts n answers of the usual length where none is asked for', async () => {
    const estimate = new TokenEstimate(() => 100);
    estimate.learn(await callOf(chat()), usage(100, 50));
    expect(estimate.of(await callOf(chat({ n: 3 })))).toBe(250);
  });

  it('expects no output of embeddings and moderations', async () => {
    const estimate = new TokenEstimate(() => 100);
    estimate.learn(await callOf(chat()), usage(100, 50));
    expect(estimate.of(await callOf(chat({ n: 3 }), '/v1/embeddings'))).toBe(100);
    expect(estimate.of(await callOf(chat(), '/v1/moderations'))).toBe(100);
  });

  it('does not take the size of a picture for tokens, and learns what pictures take', async () => {
    const estimate = new TokenEstimate();
    const call = await callOf(chat({}, `data:image/png;base64,${'A'.repeat(1_000_000)}`));
    expect(estimate.of(call)).toBe(1000);
    for (let answer = 0; answer < 30; answer++) estimate.learn(call, usage(300, 0));
    expect(estimate.of(call)).toBeLessThan(350);
    const text = await callOf(chat());
    expect(estimate.of(text)).toBe(Math.ceil((text.body.sizeBytes as number) / 4));
  });

  it('takes as much for a body whose size nobody knows', async () => {
    const form = new FormData();
    form.append('model', 'whisper-1');
    expect(new TokenEstimate().of(await callOf(form, '/v1/audio/transcriptions'))).toBe(1000);
  });

  it('goes by an exact count where there is one', async () => {
    const estimate = new TokenEstimate((call) => (call.body.model === 'gpt-5' ? 12 : undefined));
    expect(estimate.of(await callOf(chat()))).toBe(12);
    expect(estimate.of(await callOf(chat({ model: 'o3' })))).toBeGreaterThan(100);
    expect(new TokenEstimate(() => 0).of(await callOf(chat()))).toBe(1);
  });

  it.each([Number.NaN, -5, Number.POSITIVE_INFINITY])('goes by itself where an exact count is %s', async (count) => {
    const call = await callOf(chat());
    expect(new TokenEstimate(() => count).of(call)).toBe(new TokenEstimate().of(call));
  });
});
