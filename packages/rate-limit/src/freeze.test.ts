import { refusalOf } from '@holdfast/core';
import { cannedFetch, errorAnswer, jsonAnswer, streamAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domain, ending, good, seededRandom, setUp, told } from '../test/service.ts';
import type { FreezeEvent } from './index.ts';

const limited =
  (retryAfter?: string, headers: Record<string, string> = {}) =>
  (): Response =>
    errorAnswer(429, { code: 'rate_limit_exceeded' }, { ...(retryAfter && { 'retry-after': retryAfter }), ...headers });

describe('a 429', () => {
  it('refuses at once who cannot wait for as long as the server said, and other models go on', async () => {
    const freezes: FreezeEvent[] = [];
    const upstream = cannedFetch(limited('90'), good());
    const { call, clock, learn, stats } = setUp(upstream, { onFreeze: (event) => void freezes.push(event) });
    await learn();
    await clock.advance(1000);
    const response = await call({ holdfast: { deadlineMs: 10_000 } });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after-ms')).toBe('89000');
    expect(refusalOf(response)?.code).toBe('rate_limited_local');
    expect(refusalOf(response)?.message).toContain('and the server said to wait another 89000 ms.');
    expect(upstream.calls).toHaveLength(1);
    expect(await ending(call({ model: 'gpt-5-mini' }))).toBe('ok');
    expect(freezes).toEqual([{ service: 'default', domain, forMs: 90_000 }]);
    expect(stats()?.frozenMs).toBe(89_000);
  });

  it('lets nothing go before the server said, and everything after', async () => {
    const upstream = cannedFetch(limited('30'), good());
    const { call, clock, learn } = setUp(upstream);
    await learn();
    const pending = ending(call());
    await clock.advance(29_999);
    expect(upstream.calls).toHaveLength(1);
    await clock.advance(1);
    expect(await pending).toBe('ok');
  });

  it('refuses at once those who wait already and cannot wait so long', async () => {
    let answer: ((response: Response) => void) | undefined;
    const upstream = cannedFetch(() => new Promise((resolve) => (answer = resolve)), good());
    const { call, clock } = setUp(upstream, { concurrency: 1 });
    const first = ending(call());
    const short = call({ holdfast: { deadlineMs: 20_000 } });
    const long = ending(call());
    await clock.advance(5000);
    answer?.(limited('30')());
    expect(await first).toBe('rate_limit_exceeded');
    expect((await short).headers.get('retry-after-ms')).toBe('30000');
    expect(clock.monotonic()).toBe(5000);
    await clock.advance(30_000);
    expect(await long).toBe('ok');
  });

  it('of a burst is told once, and again only when the server asks for longer', async () => {
    const freezes: number[] = [];
    const waits = ['2', '2', '2', '5', '1'];
    const upstream = cannedFetch(
      () =>
        new Promise((resolve) => {
          const answer = limited(waits.shift())();
          clock.setTimer(() => resolve(answer), 10 * upstream.calls.length);
        }),
    );
    const { call, clock } = setUp(upstream, { onFreeze: ({ forMs }) => void freezes.push(forMs) });
    const burst = [1, 2, 3, 4, 5].map(() => ending(call()));
    await clock.advance(10_000);
    expect(await Promise.all(burst)).toEqual(Array(5).fill('rate_limit_exceeded'));
    expect(freezes).toEqual([2000, 5000]);
    waits.push('1');
    const later = ending(call());
    await clock.advance(1000);
    await later;
    expect(freezes).toEqual([2000, 5000, 1000]);
  });

  it.each([
    ['names no wait', undefined],
    ['says 0 and means nothing by it', '0'],
  ])('stops everything for freezeMs where it %s', async (_name, retryAfter) => {
    const upstream = cannedFetch(limited(retryAfter), good());
    const { call, clock, learn } = setUp(upstream, { freezeMs: 700 });
    await learn();
    const pending = ending(call());
    await clock.advance(699);
    expect(upstream.calls).toHaveLength(1);
    await clock.advance(1);
    expect(await pending).toBe('ok');
  });

  it('that names no wait stops nothing where freezeMs is 0', async () => {
    const { call, clock } = setUp(cannedFetch(limited(), good()), { freezeMs: 0 });
    expect(await ending(call())).toBe('rate_limit_exceeded');
    expect(await Promise.all([1, 2, 3].map(() => ending(call())))).toEqual(['ok', 'ok', 'ok']);
    expect(clock.monotonic()).toBe(0);
  });

  it('stops nothing for longer than a day', async () => {
    const { learn, stats } = setUp(cannedFetch(limited('99999999999')));
    await learn();
    expect(stats()?.frozenMs).toBe(86_400_000);
  });

  it('inside a stream stops everything as well', async () => {
    const event = 'data: {"error":{"message":"slow","code":"rate_limit_exceeded"}}\n\n';
    const { call, learn, stats } = setUp(
      cannedFetch(() => streamAnswer([event])),
      { freezeMs: 3000 },
    );
    await learn({ fields: { stream: true } }).catch(() => undefined);
    expect(stats()?.frozenMs).toBe(3000);
    expect(await ending(call({ holdfast: { deadlineMs: 500 } }))).toBe('rate_limited_local');
  });

  it('lets those who came in the meantime start one after the other where no limit is known', async () => {
    const sentMs: number[] = [];
    const { call, clock, learn } = setUp(
      cannedFetch(limited('10'), () => (sentMs.push(clock.monotonic()), jsonAnswer())),
    );
    await learn();
    for (let index = 0; index < 50; index++) void ending(call());
    await clock.advance(20_000);
    expect(sentMs).toEqual(Array.from({ length: 50 }, (_, index) => 10_000 + index * 100));
    await clock.advance(20_000);
    expect(await Promise.all([1, 2, 3].map(() => ending(call())))).toEqual(['ok', 'ok', 'ok']);
  });

  it('does not hold up the next call for one that waited alone', async () => {
    const upstream = cannedFetch(limited('10'), good());
    const { call, clock, learn } = setUp(upstream);
    await learn();
    void ending(call());
    await clock.advance(10_000);
    expect(await ending(call())).toBe('ok');
    expect(clock.monotonic()).toBe(10_000);
  });

  it('holds up calls that a listener of limits makes', async () => {
    const made: Promise<string>[] = [];
    const upstream = cannedFetch(limited('90', told('requests', 60, 30)), good());
    const { call, learn } = setUp(upstream, { onLimit: () => void made.push(ending(call())) });
    await learn();
    expect(await Promise.all(made)).toEqual(['rate_limited_local']);
    expect(upstream.calls).toHaveLength(1);
  });

  it('of an empty quota stops nothing', async () => {
    const { call, learn } = setUp(cannedFetch(() => errorAnswer(429, { code: 'insufficient_quota' })));
    await learn();
    expect(await ending(call())).toBe('insufficient_quota');
  });

  it('is never answered by a request that comes earlier than the server asked', async () => {
    const scenario = fc.record({
      seed: fc.nat(),
      waits: fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 6 }),
      gaps: fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 5, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ seed, waits, gaps }) => {
        const random = seededRandom(seed);
        const left = [...waits];
        let frozenUntilMs = 0;
        const early: number[] = [];
        const upstream = cannedFetch(() => {
          if (clock.monotonic() < frozenUntilMs) early.push(clock.monotonic());
          const waitMs = random() < 0.3 ? left.pop() : undefined;
          if (waitMs === undefined) return jsonAnswer();
          frozenUntilMs = Math.max(frozenUntilMs, clock.monotonic() + waitMs);
          return errorAnswer(429, {}, { 'retry-after-ms': String(waitMs) });
        });
        const { call, clock } = setUp(upstream, { maxWaitMs: 1_000_000 });
        const endings: Promise<string>[] = [];
        for (const gapMs of gaps) {
          await clock.advance(gapMs);
          endings.push(ending(call({ holdfast: random() < 0.5 ? { priority: 'high' } : {} })));
        }
        await clock.advance(200_000);
        expect(early).toEqual([]);
        expect(new Set(await Promise.all(endings)).has('rate_limited_local')).toBe(false);
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
