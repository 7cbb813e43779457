import { cannedFetch, errorAnswer } from '@holdfast/testkit';
import type { Middleware } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { down, good, limited, reasonsOf, refused, reset, setUp, thrownBy } from '../test/bench.ts';

describe('the number of retries', () => {
  it('is bounded for a kind of fault by its own', async () => {
    const upstream = cannedFetch(reset, reset, good);
    const { clock, call } = setUp(upstream, { maxRetries: 5, maxRetriesByFault: { network: 1 } });
    const error = await thrownBy(clock.runUntil(call()));
    expect(upstream.calls).toHaveLength(2);
    expect(reasonsOf(error)).toEqual(['network after 1 of 1 retries of that kind']);
  });

  it('leaves other kinds to the number for all of them', async () => {
    const upstream = cannedFetch(reset, limited(), limited(), down, good);
    const { clock, call } = setUp(upstream, { maxRetries: 4, maxRetriesByFault: { network: 1, rate_limited: 2 } });
    expect((await clock.runUntil(call())).status).toBe(200);
    expect(upstream.calls).toHaveLength(5);
  });

  it('is bounded by the number for all kinds, however large that of one is', async () => {
    const upstream = cannedFetch(limited());
    const { clock, call } = setUp(upstream, { maxRetries: 1, maxRetriesByFault: { rate_limited: 5 } });
    const response = await clock.runUntil(call());
    expect(upstream.calls).toHaveLength(2);
    expect(reasonsOf(response)).toEqual(['rate_limited after 2 attempt(s)']);
  });

  it('is none for a kind whose number is 0', async () => {
    const upstream = cannedFetch(limited({ 'retry-after': '1' }));
    const { call } = setUp(upstream, { maxRetriesByFault: { rate_limited: 0 } });
    expect((await call()).status).toBe(429);
    expect(upstream.calls).toHaveLength(1);
  });

  it('is none for a request beside another one', async () => {
    const hedge: Middleware = {
      name: 'hedge',
      layer: 'hedge',
      handle: (call, next) => next(call.with({ isHedge: true })),
    };
    const upstream = cannedFetch(down);
    const { call } = setUp(upstream, {}, { outer: [hedge] });
    const response = await call();
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, null]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('costs no wait after the last attempt', async () => {
    const upstream = cannedFetch(limited({ 'retry-after': '5' }));
    const { clock, call } = setUp(upstream, { maxRetries: 1 }, { random: () => 0 });
    await clock.runUntil(call());
    expect(clock.monotonic()).toBe(5000);
  });

  it.each(['true', 'false'])('follows x-should-retry: %s against what is known of the fault', async (word) => {
    const answer = (): Response => errorAnswer(word === 'true' ? 400 : 503, {}, { 'x-should-retry': word });
    const upstream = cannedFetch(answer, good);
    const { clock, call } = setUp(upstream);
    await clock.runUntil(call());
    expect(upstream.calls).toHaveLength(word === 'true' ? 2 : 1);
  });

  it('does not depend on the kind of what was never sent', async () => {
    const upstream = cannedFetch(refused, refused, good);
    const { clock, send } = setUp(upstream);
    const response = await clock.runUntil(send('POST', '/organization/projects', { body: '{"name":"x"}' }));
    expect(response.status).toBe(200);
    expect(upstream.calls).toHaveLength(3);
  });
});

describe('an attempt', () => {
  it('beyond the first says which one it is', async () => {
    const outer: Middleware = {
      name: 'outer',
      layer: 'fallback',
      handle: (call, next) => next(call.with({ headerChanges: { 'x-of-a-layer': 'kept' } })),
    };
    const upstream = cannedFetch(down, down, good);
    const { clock, call, attempts } = setUp(upstream, {}, { outer: [outer] });
    await clock.runUntil(call());
    const sent = (name: string): (string | null)[] =>
      upstream.calls.map(({ init }) => (init.headers as Headers).get(name));
    expect(sent('x-holdfast-attempt')).toEqual([null, '2', '3']);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(sent('authorization')).toEqual(Array(3).fill('Bearer sk-x'));
    expect(sent('x-of-a-layer')).toEqual(Array(3).fill('kept'));
  });
});
