import { journeyOf, refusalOf } from '@holdfast/core';
import { cannedFetch, errorAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { down, endpointKey, good, key, origin, setUp } from '../test/service.ts';

describe('an open circuit', () => {
  it('refuses in words that help at night, and reaches no upstream', async () => {
    const upstream = cannedFetch(down);
    const { calls, call, clock } = setUp(upstream);
    await calls(5);
    await clock.advance(11_500);
    const response = await call();
    expect(upstream.calls).toHaveLength(5);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after-ms')).toBe('18500');
    expect(response.headers.get('x-should-retry')).toBe('false');
    const message =
      'The circuit of gpt-5 chat at api.openai.com is open: 5 calls in a row failed. The next probe goes in 18.5 s.';
    expect(refusalOf(response)).toEqual({
      code: 'circuit_open',
      layer: 'breaker',
      message,
      retryAfterMs: 18_500,
    });
    expect(await response.json()).toMatchObject({ error: { code: 'circuit_open', message } });
    expect(journeyOf(response)?.entries).toMatchObject([{ type: 'refusal', layer: 'breaker', code: 'circuit_open' }]);
  });

  it('says by which ratio it was opened', async () => {
    const answers = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? good : down));
    const { calls, call } = setUp(cannedFetch(...answers, down));
    await calls(10);
    expect(refusalOf(await call())?.message).toContain(
      'is open: 5 of 10 calls failed within 60 s. The next probe goes in 30 s.',
    );
  });

  it('takes the retry-after of the failure that opened it as a floor', async () => {
    const { calls, call } = setUp(cannedFetch(() => errorAnswer(503, {}, { 'retry-after': '40' })));
    await calls(5);
    expect(refusalOf(await call())?.retryAfterMs).toBe(40_000);
  });

  it('stops neither another model nor another operation', async () => {
    const { calls, call, layer } = setUp(cannedFetch(down, down, down, down, down, good));
    await calls(5);
    expect((await call({ model: 'gpt-5-mini' })).status).toBe(200);
    expect((await call({ path: '/v1/files', body: null, method: 'GET' })).status).toBe(200);
    expect([...layer.status()]).toEqual([
      [key, 'open'],
      [endpointKey, 'closed'],
      [`${origin} gpt-5-mini chat`, 'closed'],
      [`${origin} * other`, 'closed'],
    ]);
  });

  it('is told by name of operation where no model is asked for', async () => {
    const { resilient } = setUp(cannedFetch(down));
    const list = () => resilient.fetch(`${origin}/v1/organization/users`);
    for (let index = 0; index < 5; index++) await list();
    expect(refusalOf(await list())?.message).toMatch(/^The circuit of admin calls at api\.openai\.com is open: /);
  });

  it('keeps only the beginning of an endless model name', async () => {
    const { call, layer } = setUp(cannedFetch(good));
    await call({ model: 'x'.repeat(100_000) });
    const longest = Math.max(...[...layer.status().keys()].map((name) => name.length));
    expect(longest).toBe(`${origin}  chat`.length + 128);
  });
});
