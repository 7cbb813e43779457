import { journeyOf } from '@holdfast/core';
import { cannedFetch, errorAnswer, hang, testMiddleware } from '@holdfast/testkit';
import { ConstantBackoff } from 'cockatiel';
import { describe, expect, it } from 'vitest';
import { down, good, limited, setUp } from '../test/bench.ts';
import { retry } from './index.ts';

testMiddleware(() => retry(), { describe, it });

describe('retry', () => {
  it('waits at least as long as retry-after asks and then gets the answer with two requests', async () => {
    const upstream = cannedFetch(limited({ 'retry-after': '1' }), good);
    const { clock, call } = setUp(upstream);
    const pending = call();
    await clock.advance(999);
    expect(upstream.calls).toHaveLength(1);
    const response = await clock.runUntil(pending);
    expect(response.status).toBe(200);
    expect(upstream.calls).toHaveLength(2);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(1000);
    expect(clock.monotonic()).toBeLessThanOrEqual(1250);
  });

  it.each([
    ['retry-after-ms', { 'retry-after-ms': '1500', 'retry-after': '7' }, undefined, 1500],
    ['retry-after in seconds', { 'retry-after': '2' }, undefined, 2000],
    ['an HTTP date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' }, undefined, 3000],
    [
      'an exhausted bucket',
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m2s' },
      undefined,
      62_000,
    ],
    ['the words of the message', {}, 'Rate limit reached. Please try again in 634ms.', 634],
  ])('takes the wait from %s', async (_name, headers, message, floorMs) => {
    const upstream = cannedFetch(limited(headers, message), good);
    const { clock, call } = setUp(upstream, { maxServerWaitMs: 100_000 }, { random: () => 0 });
    await clock.runUntil(call());
    expect(clock.monotonic()).toBe(floorMs);
  });

  it('spreads those who were told the same wait', async () => {
    const waits = new Set<number>();
    for (const chance of [0, 0.25, 0.5, 0.99]) {
      const { clock, call } = setUp(cannedFetch(limited({ 'retry-after': '2' }), good), {}, { random: () => chance });
      await clock.runUntil(call());
      waits.add(clock.monotonic());
    }
    expect([...waits]).toEqual([2000, 2125, 2250, 2495]);
  });

  it('backs off exponentially when the server names no wait', async () => {
    const { clock, call } = setUp(cannedFetch(down), { maxRetries: 6 }, { random: () => 0.999999 });
    const response = await clock.runUntil(call());
    const waits = journeyOf(response)?.entries.flatMap((entry) =>
      entry.type === 'wait' ? [Math.ceil(entry.delayMs)] : [],
    );
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
  });

  it('takes a backoff of cockatiel', async () => {
    const { clock, call } = setUp(cannedFetch(down), { maxRetries: 3, backoff: new ConstantBackoff(70) });
    await clock.runUntil(call());
    expect(clock.monotonic()).toBe(210);
  });

  it('hands back the last upstream answer, unread, and tells clients further out not to retry', async () => {
    const last = errorAnswer(503, { message: 'third' });
    const upstream = cannedFetch(down, down, () => last);
    const { clock, call } = setUp(upstream);
    const response = await clock.runUntil(call());
    expect(response).toBe(last);
    expect(response.bodyUsed).toBe(false);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(upstream.calls).toHaveLength(3);
    expect(clock.pendingTimers).toBe(0);
  });

  it('overlays x-should-retry where the headers are immutable', async () => {
    const immutable = Response.error();
    const answer = () => Object.defineProperty(errorAnswer(503), 'headers', { value: immutable.headers });
    const { clock, call } = setUp(cannedFetch(answer), { maxRetries: 0 });
    const response = await clock.runUntil(call());
    expect(response.headers.get('X-Should-Retry')).toBe('false');
    expect(response.headers.has('x-should-retry')).toBe(true);
    expect(response.headers.get('x-other')).toBeNull();
  });

  it('rethrows the last original error when no attempt got through', async () => {
    const errors = [1, 2, 3].map((n) => Object.assign(new TypeError('fetch failed'), { n }));
    const upstream = cannedFetch(...errors.map((error) => () => error));
    const { clock, call } = setUp(upstream);
    await expect(clock.runUntil(call())).rejects.toBe(errors[2]);
  });

  it.each([
    ['a spent quota', () => errorAnswer(429, { code: 'insufficient_quota' })],
    ['a bad request', () => errorAnswer(400)],
    ['a dead key', () => errorAnswer(401, { code: 'invalid_api_key' })],
    ['an upstream that says so', () => errorAnswer(503, {}, { 'x-should-retry': 'false' })],
  ])('sends once for %s', async (_name, answer) => {
    const upstream = cannedFetch(answer);
    const { clock, call } = setUp(upstream);
    await clock.runUntil(call());
    expect(upstream.calls).toHaveLength(1);
  });

  it('does not begin a wait that the deadline cannot afford', async () => {
    const upstream = cannedFetch(limited({ 'retry-after': '9' }));
    const { clock, call } = setUp(upstream);
    const response = await call({ holdfast: { deadlineMs: 5000 } });
    expect(response.status).toBe(429);
    expect(clock.monotonic()).toBe(0);
    expect(upstream.calls).toHaveLength(1);
    expect(JSON.stringify(journeyOf(response))).toContain('does not fit into the 5000 ms left');
  });

  it.each([{}, { holdfast: { deadlineMs: 10_000 } }])(
    'neither ignores nor sleeps through a very long retry-after (%j)',
    async (init) => {
      const upstream = cannedFetch(limited({ 'retry-after': '90' }));
      const { clock, call } = setUp(upstream);
      const response = await call(init);
      expect(response.status).toBe(429);
      expect(clock.monotonic()).toBe(0);
      expect(upstream.calls).toHaveLength(1);
      expect(JSON.stringify(journeyOf(response))).toContain('maxServerWaitMs');
    },
  );

  it('stops waiting the moment the caller aborts', async () => {
    const upstream = cannedFetch(limited({ 'retry-after': '30' }), hang);
    const { clock, call } = setUp(upstream);
    const controller = new AbortController();
    const pending = call({ signal: controller.signal });
    await clock.advance(10_000);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
    expect(upstream.calls).toHaveLength(1);
  });

  it('reports a callback that throws and goes on', async () => {
    const onRetry = () => {
      throw new Error('my callback');
    };
    const { clock, call, warnings } = setUp(cannedFetch(down, good), { onRetry });
    expect((await clock.runUntil(call())).status).toBe(200);
    expect(warnings).toEqual(['holdfast default: retry.onRetry threw']);
  });
});
