import { Body, journeyOf, OptionError, pipeline, type Fetch } from '@holdfast/core';
import { cannedFetch, errorAnswer, jsonAnswer, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { fallback, type FallbackOptions } from './index.ts';

testMiddleware(() => fallback({ models: {} }), { describe, it });
testMiddleware(() => fallback({ models: { 'another-model': ['gpt-5'] } }), { describe, it });

const url = 'https://api.openai.com/v1/chat/completions';
const models = { 'gpt-5': ['gpt-5-mini', 'gpt-5-nano'] };

function setUp(upstream: Fetch, options: FallbackOptions = { models }) {
  const { fetch } = pipeline({ fetch: upstream }).use(fallback(options)).build();
  const call = (model = 'gpt-5', init: RequestInit = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-x' },
      body: JSON.stringify({ messages: [{ role: 'user', content: '"model":"gpt-5"' }], model, seed: 7 }),
      ...init,
    });
  return call;
}

const asked = (upstream: { calls: { init: RequestInit }[] }) =>
  upstream.calls.map(({ init }) => new Body(init.body ?? undefined).model);
const down = () => errorAnswer(503);
const good = () => jsonAnswer();

describe('fallback', () => {
  it('asks the next model of the ladder and changes nothing else in the body', async () => {
    const upstream = cannedFetch(down, good);
    const call = setUp(upstream);
    const response = await call();
    expect(response.status).toBe(200);
    expect(asked(upstream)).toEqual(['gpt-5', 'gpt-5-mini']);
    expect(JSON.parse(upstream.calls[1]?.init.body as string)).toEqual({
      messages: [{ role: 'user', content: '"model":"gpt-5"' }],
      model: 'gpt-5-mini',
      seed: 7,
    });
    expect(JSON.stringify(journeyOf(response))).toContain('gpt-5: overloaded');
  });

  it('walks the whole ladder, and when nobody answers gives back the failure of the model asked for', async () => {
    const primary = errorAnswer(503, { message: 'primary' });
    const upstream = cannedFetch(
      () => primary,
      () => errorAnswer(400, { message: 'bad parameter' }),
      () => new TypeError('fetch failed'),
    );
    const response = await setUp(upstream)();
    expect(asked(upstream)).toEqual(['gpt-5', 'gpt-5-mini', 'gpt-5-nano']);
    expect(response).toBe(primary);
    expect(await response.json()).toMatchObject({ error: { message: 'primary' } });
  });

  it('takes the ladder for a broken connection too, and rethrows the original error', async () => {
    const error = new TypeError('fetch failed');
    await expect(setUp(cannedFetch(() => error, down))()).rejects.toBe(error);
    const upstream = cannedFetch(() => error, good);
    expect((await setUp(upstream)()).status).toBe(200);
  });

  it.each([
    ['the request itself', () => errorAnswer(400)],
    ['a dead key', () => errorAnswer(401, { code: 'invalid_api_key' })],
    ['a spent quota', () => errorAnswer(429, { code: 'insufficient_quota' })],
  ])('does not step down when the fault is %s', async (_name, answer) => {
    const upstream = cannedFetch(answer);
    await setUp(upstream)();
    expect(upstream.calls).toHaveLength(1);
  });

  it('leaves models without a ladder alone', async () => {
    const upstream = cannedFetch(down);
    await setUp(upstream)('gpt-4o');
    expect(upstream.calls).toHaveLength(1);
  });

  it('stops when the caller aborts between two rungs', async () => {
    const controller = new AbortController();
    const upstream = cannedFetch(() => {
      controller.abort();
      return errorAnswer(503);
    });
    await expect(setUp(upstream)('gpt-5', { signal: controller.signal })).rejects.toBe(controller.signal.reason);
  });

  it('is safe with a hundred calls at once: each walks its own ladder', async () => {
    const upstream = cannedFetch((_url, init) =>
      new Body(init.body ?? undefined).model === 'gpt-5' ? down() : good(),
    );
    const call = setUp(upstream);
    const answers = await Promise.all(Array.from({ length: 100 }, () => call()));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(asked(upstream).filter((model) => model === 'gpt-5-mini')).toHaveLength(100);
    expect(asked(upstream)).not.toContain('gpt-5-nano');
  });

  it.each([
    [{}, 'fallback.models: expected ladders by requested model'],
    [{ models: { a: [] } }, 'fallback.models["a"]: expected a list of at least one model name'],
    [{ models: { a: ['a'] } }, 'each model once, and not "a" itself'],
    [{ models: { a: 'b' } }, 'expected a list of at least one model name, got "b"'],
  ])('refuses %j', (options, message) => {
    expect(() => fallback(options as FallbackOptions)).toThrow(OptionError);
    expect(() => fallback(options as FallbackOptions)).toThrow(message);
  });
});
