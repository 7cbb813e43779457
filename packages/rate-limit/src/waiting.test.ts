import { journeyOf, refusalOf } from '@holdfast/core';
import { cannedFetch, hang, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { ending, good, setUp, told, turn } from '../test/service.ts';
import type { RefusedEvent } from './index.ts';

/** Of a minute's 60 requests none is left, and nothing is spread: one goes each second. */
const spent = { limits: { '*': { requestsPerMinute: 60 } }, spreadMs: 0 };
const none = told('requests', 60, 0);

describe('a call that finds no room', () => {
  it('waits for it, and its journey says how long and for what', async () => {
    const upstream = cannedFetch(good(none), good());
    const { call, clock, learn } = setUp(upstream, spent);
    await learn();
    const pending = call();
    await clock.advance(999);
    expect(upstream.calls).toHaveLength(1);
    const response = await clock.runUntil(pending);
    expect(clock.monotonic()).toBe(1000);
    expect(journeyOf(response)?.entries).toContainEqual(
      expect.objectContaining({ type: 'wait', delayMs: 1000, reason: 'room for https://api.openai.com gpt-5' }),
    );
    expect(clock.pendingTimers).toBe(0);
  });

  it('is refused at once where it would wait longer than it may, and told for how long', async () => {
    const refused: RefusedEvent[] = [];
    const upstream = cannedFetch(good(none), good());
    const { call, learn } = setUp(upstream, {
      ...spent,
      maxWaitMs: 900,
      onRefused: (event) => void refused.push(event),
    });
    await learn();
    const response = await call();
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after-ms')).toBe('1000');
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(refusalOf(response)).toMatchObject({ code: 'rate_limited_local', layer: 'rateLimit' });
    expect(refusalOf(response)?.message).toBe(
      'The limits of https://api.openai.com gpt-5 (60 requests a minute) are used up: 0 calls wait. A call would have ' +
        'to wait about 1000 ms, and that is longer than the 900 ms of rateLimit.maxWaitMs.',
    );
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ code: 'rate_limited_local', retryAfterMs: 1000, service: 'default' });
    expect(upstream.calls).toHaveLength(1);
  });

  it('may wait exactly as long as it has to', async () => {
    const upstream = cannedFetch(good(none), good());
    const { call, clock, learn } = setUp(upstream, { ...spent, maxWaitMs: 1000 });
    await learn();
    expect((await clock.runUntil(call())).status).toBe(200);
  });

  it('gives up after the patience of a ladder that has another rung', async () => {
    const { call, learn } = setUp(cannedFetch(good(none), good()), spent, () => ({ patienceMs: 500 }));
    await learn();
    expect(refusalOf(await call())?.message).toContain('longer than the 500 ms after which another rung is asked');
  });

  it('gives up where time is kept for another attempt', async () => {
    const { call, learn } = setUp(cannedFetch(good(none), good()), spent, () => ({ until: 700 }));
    await learn();
    expect(refusalOf(await call())?.message).toContain('longer than the 700 ms that are left until its deadline');
  });

  it('is refused in time when its place does not come after all', async () => {
    const upstream = cannedFetch(hang);
    const { call, clock } = setUp(upstream, { concurrency: 1, maxWaitMs: 2000 });
    void ending(call());
    const pending = call();
    await clock.advance(1999);
    expect(await Promise.race([pending, turn()])).toBeUndefined();
    await clock.advance(1);
    expect(refusalOf(await pending)?.message).toBe(
      'The limits of https://api.openai.com gpt-5 are used up: 0 calls wait, 1 of 1 are under way. It found no room ' +
        'within the 2000 ms that it may wait.',
    );
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes by priority, in turns between tenants, and the earliest deadline first', async () => {
    const sent: string[] = [];
    const upstream = cannedFetch(good(none), (_url, init) => {
      sent.push((JSON.parse(init.body as string) as { user: string }).user);
      return jsonAnswer();
    });
    const { call, clock, learn } = setUp(upstream, spent);
    await learn();
    const ask = (user: string, holdfast: object): void => void ending(call({ fields: { user }, holdfast }));
    ask('low', { priority: 'low' });
    ask('a1', { tenant: 'a' });
    ask('b1', { tenant: 'b' });
    ask('a2', { tenant: 'a' });
    ask('a3', { tenant: 'a' });
    ask('b2, due', { tenant: 'b', deadlineMs: 50_000 });
    ask('high', { priority: 'high' });
    await clock.advance(10_000);
    expect(sent).toEqual(['high', 'b2, due', 'a1', 'b1', 'a2', 'a3', 'low']);
  });

  it('leaves neither timer nor listener behind when it is aborted', async () => {
    const { call, clock, learn, stats } = setUp(cannedFetch(good(none), good()), spent);
    await learn();
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => (listeners++, add(...args))) as typeof add;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => (
      listeners--,
      remove(...args)
    )) as typeof remove;
    const calls = [1, 2, 3].map(() => ending(call({ signal })));
    expect([stats()?.waiting, clock.pendingTimers, listeners]).toEqual([3, 1, 3]);
    await clock.advance(1000);
    expect([stats()?.waiting, clock.pendingTimers, listeners]).toEqual([2, 1, 2]);
    controller.abort(new Error('enough'));
    expect(await Promise.all(calls)).toEqual(['ok', 'threw enough', 'threw enough']);
    expect([stats()?.waiting, clock.pendingTimers]).toEqual([0, 0]);
    await clock.advance(60_000);
    expect(stats()?.ledger.held).toBe(0);
  });

  it('is refused when the pipeline closes', async () => {
    const { call, clock, learn, resilient } = setUp(cannedFetch(good(none), good()), spent);
    await learn();
    const calls = [1, 2].map(() => call());
    await resilient.close();
    for (const one of calls) expect(refusalOf(await one)?.message).toContain('was closed while the call waited');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a queue that is full', () => {
  it('refuses who comes next', async () => {
    const { call, learn } = setUp(cannedFetch(good(none), good()), { ...spent, maxQueue: 2 });
    await learn();
    for (let index = 0; index < 2; index++) void ending(call());
    const response = await call();
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after-ms')).toBe('3000');
    expect(refusalOf(response)).toMatchObject({ code: 'queue_full' });
    expect(await ending(call({ holdfast: { priority: 'low' } }))).toBe('queue_full');
  });

  it('turns out the least for a higher priority', async () => {
    const { call, clock, learn, stats } = setUp(cannedFetch(good(none), good()), { ...spent, maxQueue: 3 });
    await learn();
    const lows = [1, 2].map(() => ending(call({ holdfast: { priority: 'low' } })));
    const normal = ending(call());
    const highs = [1, 2, 3].map(() => ending(call({ holdfast: { priority: 'high' } })));
    expect(stats()?.waiting).toBe(3);
    expect(await Promise.all([...lows, normal])).toEqual(['queue_full', 'queue_full', 'queue_full']);
    expect(await ending(call({ holdfast: { priority: 'high' } }))).toBe('queue_full');
    await clock.advance(3000);
    expect(await Promise.all(highs)).toEqual(['ok', 'ok', 'ok']);
  });

  it('lets nobody wait where it has no places', async () => {
    const { call, learn } = setUp(cannedFetch(good(none), good()), { ...spent, maxQueue: 0 });
    await learn();
    expect(await ending(call())).toBe('queue_full');
  });

  it('turns nobody out for a call that is over already', async () => {
    const upstream = cannedFetch(good(none), good());
    const over = { signal: AbortSignal.abort(new Error('over')) };
    const { call, learn, stats } = setUp(upstream, { ...spent, maxQueue: 1 }, ({ hints }) =>
      hints.priority === 'high' ? over : {},
    );
    await learn();
    void ending(call({ holdfast: { priority: 'low' } }));
    expect(await ending(call({ holdfast: { priority: 'high' } }))).toBe('threw over');
    expect(stats()?.waiting).toBe(1);
  });
});

describe('a second request beside one under way', () => {
  it('goes only where there is room at once', async () => {
    const upstream = cannedFetch(good(told('requests', 60, 1)), good());
    const { call, learn } = setUp(upstream, spent, () => ({ isHedge: true }));
    await learn();
    expect(await ending(call())).toBe('ok');
    expect(refusalOf(await call())?.message).toContain('a second request goes only where there is room at once');
  });

  it('does not wait for a place either', async () => {
    const { call } = setUp(cannedFetch(hang), { concurrency: 1 }, () => ({ isHedge: true }));
    void ending(call());
    const response = await call();
    expect(response.headers.has('retry-after-ms')).toBe(false);
    expect(refusalOf(response)?.message).toContain('A call finds no room, and a second request');
  });
});

describe('ten thousand calls that wait', () => {
  it('go in their order, each once', async () => {
    const sent: number[] = [];
    const upstream = cannedFetch(good(told('requests', 60_000, 0)), (_url, init) => {
      sent.push((JSON.parse(init.body as string) as { seed: number }).seed);
      return jsonAnswer();
    });
    const { call, clock, learn, stats } = setUp(upstream, { maxQueue: 20_000, spreadMs: 0 });
    await learn();
    const endings = Array.from({ length: 10_000 }, (_, seed) => ending(call({ fields: { seed } })));
    expect([stats()?.waiting, clock.pendingTimers]).toEqual([10_000, 1]);
    await clock.advance(12_000);
    expect(sent).toEqual(Array.from({ length: 10_000 }, (_, seed) => seed));
    expect(new Set(await Promise.all(endings))).toEqual(new Set(['ok']));
    expect(clock.pendingTimers).toBe(0);
  });
});
