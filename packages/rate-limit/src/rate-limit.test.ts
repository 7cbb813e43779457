import { OptionError } from '@holdfast/core';
import { cannedFetch, errorAnswer, hang, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { domain, ending, good, setUp, told } from '../test/service.ts';
import { rateLimit, type LimitEvent, type RateLimitOptions } from './index.ts';

testMiddleware(() => rateLimit(), { describe, it });

describe('with limits told, a number of places and a throttle', () => {
  const options: RateLimitOptions = {
    limits: { '*': { requestsPerMinute: 1000, tokensPerMinute: 100_000 } },
    concurrency: 5,
    throttle: true,
  };
  testMiddleware(() => rateLimit(options), { describe, it });
});

describe('only observing, with places as latency allows', () => {
  testMiddleware(() => rateLimit({ mode: 'observe', concurrency: 'adaptive' }), { describe, it });
});

describe('rateLimit', () => {
  it('lets everything go while no limit is known', async () => {
    const upstream = cannedFetch(hang);
    const { call, clock, stats } = setUp(upstream);
    const controller = new AbortController();
    const calls = Array.from({ length: 500 }, () => ending(call({ signal: controller.signal })));
    expect(upstream.calls).toHaveLength(500);
    expect(stats()).toMatchObject({ waiting: 0, requests: { limit: undefined, remaining: undefined } });
    controller.abort(new Error('enough'));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['threw enough']));
    expect(clock.pendingTimers).toBe(0);
  });

  it('spreads what is left of a learned limit, and lets no more go than there is', async () => {
    const upstream = cannedFetch(good(told('requests', 60, 10)), hang);
    const { call, clock, learn } = setUp(upstream, { maxWaitMs: 600_000 });
    await learn();
    for (let index = 0; index < 200; index++) void ending(call());
    await clock.advance(0);
    expect(upstream.calls.length).toBeLessThanOrEqual(2);
    await clock.advance(5000);
    expect(upstream.calls.length).toBeGreaterThan(5);
    await clock.advance(55_000);
    expect(upstream.calls.length).toBeGreaterThan(60);
    expect(upstream.calls.length).toBeLessThanOrEqual(71);
  });

  it('lets a call that is larger than the limit go when the bucket is full', async () => {
    const upstream = cannedFetch(good(told('tokens', 600, 300)));
    const { call, clock, learn } = setUp(upstream, { spreadMs: 0 });
    await learn();
    const large = ending(call({ fields: { max_tokens: 1e300, n: 1e300 } }));
    await clock.advance(29_000);
    expect(upstream.calls).toHaveLength(1);
    await clock.advance(2000);
    expect(upstream.calls).toHaveLength(2);
    expect(await large).toBe('ok');
  });

  it('is not spoiled by a request that asks for more than there are numbers', async () => {
    const upstream = cannedFetch(() => errorAnswer(400));
    const { call, clock, stats } = setUp(upstream, { limits: { '*': { tokensPerMinute: 600 } } });
    await ending(call({ fields: { max_tokens: 1e308, n: 10 } }));
    expect(stats()?.tokens.remaining).toBe(0);
    const next = ending(call());
    await clock.advance(10_000);
    expect(await next).toBe('error');
    expect(upstream.calls).toHaveLength(2);
  });

  it('follows a limit that is halved, a moment later at most, and says so once', async () => {
    const changes: LimitEvent[] = [];
    const upstream = cannedFetch(
      good(told('requests', 500, 499)),
      good(told('requests', 500, 498)),
      good(told('requests', 250, 100)),
    );
    const { learn, stats, clock } = setUp(upstream, { onLimit: (event) => void changes.push(event) });
    for (let index = 0; index < 4; index++) {
      await learn();
      await clock.advance(250);
    }
    expect(changes).toEqual([
      { service: 'default', domain, kind: 'requests', limit: 500, before: undefined },
      { service: 'default', domain, kind: 'requests', limit: 250, before: 500 },
    ]);
    expect(stats()?.requests).toMatchObject({ limit: 250 });
  });

  it('looks into every answer once half of a limit is spent', async () => {
    const upstream = cannedFetch(good(told('requests', 500, 250)), good(told('requests', 400, 200)));
    const { learn, stats } = setUp(upstream);
    await learn();
    await learn();
    expect(stats()?.requests).toMatchObject({ limit: 400, remaining: 200 });
  });

  it('takes a negative limit for an unknown one', async () => {
    const { learn, stats } = setUp(cannedFetch(good(told('requests', -1, -1, '0'))));
    await learn();
    expect(stats()?.requests.limit).toBeUndefined();
  });

  it('reports callbacks that throw, and breaks no call', async () => {
    const fail = (): never => {
      throw new Error('mine');
    };
    const upstream = cannedFetch(good(told('requests', 5, 5)), () => errorAnswer(429, {}, { 'retry-after': '90' }));
    const options = { onRefused: fail, onLimit: fail, onFreeze: fail, domain: fail, family: fail, countTokens: fail };
    const limits = { '*': { tokensPerMinute: 1000 } };
    const { call, warnings } = setUp(upstream, { ...options, limits });
    const endings: string[] = [];
    for (let index = 0; index < 3; index++) endings.push(await ending(call()));
    expect(endings).toEqual(['ok', 'error', 'rate_limited_local']);
    expect(new Set(warnings.map((text) => text.split(' ')[2]))).toEqual(
      new Set(
        ['domain', 'family', 'countTokens', 'onLimit', 'onFreeze', 'onRefused'].map((name) => `rateLimit.${name}`),
      ),
    );
  });

  it('prints what it does', () => {
    expect(rateLimit().describe?.()).toBe('limits learned from answers; waits up to 60000 ms, 1000 at most');
    const options: RateLimitOptions = { limits: { a: {} }, concurrency: 'adaptive', throttle: true, mode: 'observe' };
    expect(rateLimit(options).describe?.()).toBe(
      'limits of 1 model(s) given, others learned from answers; waits up to 60000 ms, 1000 at most; ' +
        'up to 1000 at once, as latency allows; throttled while overloaded; only observes',
    );
    expect(rateLimit({ concurrency: 3 }).describe?.()).toContain('3 at once');
  });

  it('tells a plan whether it would refuse, and changes nothing', async () => {
    const { learn, resilient, stats } = setUp(cannedFetch(() => errorAnswer(429, {}, { 'retry-after': '90' })));
    const body = { model: 'gpt-5' };
    expect((await resilient.plan({ body }))[0]).toMatchObject({ fate: 'first' });
    expect(stats()).toBeUndefined();
    await learn();
    const [rung] = await resilient.plan({ body });
    expect(rung).toMatchObject({ fate: 'skipped', reason: expect.stringContaining('rateLimit: ') as string });
  });

  it('keeps its own time for figures, whatever clock the latest pipeline had', async () => {
    const { learn, layer, clock, stats } = setUp(cannedFetch(good(told('requests', 60, 30))));
    await learn();
    const ahead = setUp(cannedFetch(good()), layer);
    await ahead.clock.advance(1e9);
    await ahead.learn({ model: 'gpt-5-mini' });
    expect(stats()?.requests.remaining).toBe(30);
    await clock.advance(10_000);
    expect(stats()?.requests.remaining).toBe(40);
  });

  it.each([
    [{ mode: 'watch' }, "rateLimit.mode: expected 'enforce' or 'observe', got \"watch\""],
    [{ limits: [] }, 'rateLimit.limits: expected limits by model'],
    [{ limits: { 'gpt-5': 500 } }, 'rateLimit.limits["gpt-5"]: expected an object such as'],
    [{ limits: { '*': { requestsPerMinute: 0 } } }, 'rateLimit.limits["*"].requestsPerMinute: expected a whole number'],
    [{ limits: { '*': { rpm: 5 } } }, 'rateLimit.limits["*"].rpm: expected one of requestsPerMinute, tokensPerMinute'],
    [{ concurrency: 0 }, 'rateLimit.concurrency: expected a whole number from 1'],
    [{ concurrency: Number.POSITIVE_INFINITY }, 'rateLimit.concurrency: expected a whole number from 1'],
    [{ concurrency: [] }, 'rateLimit.concurrency: expected a whole number from 1'],
    [{ concurrency: { min: 0 } }, 'rateLimit.concurrency.min: expected a whole number from 1, got 0'],
    [{ concurrency: { tolerance: 0.5 } }, 'rateLimit.concurrency.tolerance: expected a number from 1, got 0.5'],
    [{ concurrency: { min: 9, max: 3 } }, 'rateLimit.concurrency.max: expected a whole number from min (9), got 3'],
    [{ concurrency: { start: 9 } }, 'rateLimit.concurrency.start: expected one of initial, min, max, tolerance'],
    [{ maxWaitMs: -1 }, 'rateLimit.maxWaitMs: expected a duration'],
    [{ maxWaitMs: Number.POSITIVE_INFINITY }, 'rateLimit.maxWaitMs: expected a duration'],
    [{ maxQueue: 1.5 }, 'rateLimit.maxQueue: expected a whole number from 0, got 1.5'],
    [{ spreadMs: Number.NaN }, 'rateLimit.spreadMs: expected a duration'],
    [{ freezeMs: '1s' }, 'rateLimit.freezeMs: expected a duration'],
    [{ throttle: 1 }, 'rateLimit.throttle: expected true or false, got 1'],
    [{ domain: 'acme' }, 'rateLimit.domain: expected a function, got "acme"'],
    [{ family: 'gpt' }, 'rateLimit.family: expected a function'],
    [{ countTokens: 4 }, 'rateLimit.countTokens: expected a function, got 4'],
    [{ maxDomains: 0 }, 'rateLimit.maxDomains: expected a whole number from 1, got 0'],
    [{ onRefused: true }, 'rateLimit.onRefused: expected a function, got true'],
    [{ onLimit: true }, 'rateLimit.onLimit: expected a function'],
    [{ onFreeze: true }, 'rateLimit.onFreeze: expected a function'],
    [{ rpm: 500 }, 'rateLimit.rpm: expected one of mode, limits,'],
  ])('refuses %j', (options, message) => {
    expect(() => rateLimit(options as RateLimitOptions)).toThrow(OptionError);
    expect(() => rateLimit(options as RateLimitOptions)).toThrow(message);
  });

  it('takes an option that is undefined for one that is not there', () => {
    const options = { maxWaitMs: undefined, concurrency: { min: undefined, max: 4 } } as unknown as RateLimitOptions;
    expect(rateLimit(options).describe?.()).toBe(
      'limits learned from answers; waits up to 60000 ms, 1000 at most; up to 4 at once, as latency allows',
    );
  });
});
