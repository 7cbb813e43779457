import { cannedFetch } from '@holdfast/testkit';
import { pipeline } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { base, chatBody, down, good, reasonsOf, reset, setUp, thrownBy } from '../test/bench.ts';
import { retry } from './index.ts';

const sentWith = (headers: Record<string, string>): { headers: Record<string, string> } => ({
  headers: { authorization: 'Bearer sk-x', ...headers },
});

describe('a request that is a retry already', () => {
  it.each([
    ['x-stainless-retry-count', '1'],
    ['x-holdfast-attempt', '2'],
    ['X-Holdfast-Attempt', '3'],
  ])('of somebody further out is sent once: %s: %s', async (name, value) => {
    const upstream = cannedFetch(down);
    const { call } = setUp(upstream);
    const response = await call(sentWith({ [name]: value }));
    expect(upstream.calls).toHaveLength(1);
    expect(reasonsOf(response)).toEqual([
      `overloaded; who is further out retries already (${name.toLowerCase()} ${value})`,
    ]);
    // Whoever is further out goes on as it had planned.
    expect(response.headers.get('x-should-retry')).toBeNull();
  });

  it('fails with its own error where no answer came', async () => {
    const error = reset();
    const { call } = setUp(cannedFetch(() => error));
    expect(await thrownBy(call(sentWith({ 'x-holdfast-attempt': '2' })))).toBe(error);
  });

  it.each([
    ['x-stainless-retry-count', '0'],
    ['x-stainless-retry-count', ''],
    ['x-stainless-retry-count', '-1'],
    ['x-holdfast-attempt', '1'],
    ['x-holdfast-attempt', 'abc'],
    ['x-holdfast-attempt', '2; drop'],
    ['x-holdfast-attempt', 'NaN'],
  ])('is not what a header that says nothing makes of it: %s: %s', async (name, value) => {
    const upstream = cannedFetch(down, good);
    const { clock, call } = setUp(upstream);
    expect((await clock.runUntil(call(sentWith({ [name]: value })))).status).toBe(200);
    expect(upstream.calls).toHaveLength(2);
  });

  it('has no header looked at before an attempt has failed', async () => {
    const headers = new Headers({ authorization: 'Bearer sk-x' });
    const asked: string[] = [];
    const get = headers.get.bind(headers);
    headers.get = (name) => {
      asked.push(name);
      return get(name);
    };
    const { clock, call } = setUp(cannedFetch(good, down));
    await call({ headers });
    expect(asked).not.toContain('x-holdfast-attempt');
    await clock.runUntil(call({ headers }));
    expect(asked).toContain('x-holdfast-attempt');
  });

  it('does not multiply where one pipeline is the upstream of another', async () => {
    const upstream = cannedFetch(reset);
    const { clock, send: inner } = setUp(upstream);
    const outer = pipeline({
      clock,
      random: () => 0.5,
      fetch: (_url, init) => inner('POST', '/chat/completions', init),
    })
      .use(retry())
      .build();
    const pending = outer.fetch(`${base}/chat/completions`, {
      method: 'POST',
      body: chatBody,
      headers: { authorization: 'Bearer sk-x' },
    });
    await thrownBy(clock.runUntil(pending));
    // Three of the inner pipeline for the first attempt of the outer one, and one for each of its two retries.
    expect(upstream.calls).toHaveLength(5);
  });
});
