import type { Middleware } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { chatBody, down, good, setUp, type Init } from '../test/bench.ts';
import type { RetryOptions } from './index.ts';

const within = (deadlineMs: number): Init => ({ holdfast: { deadlineMs } });

/** Waits nothing, so that times are easy to follow. */
const atOnce: RetryOptions = { initialDelayMs: 0 };

/** When each attempt has to give up; every one of them fails after `tookMs`. */
async function untils(init: Init, options: RetryOptions = {}, tookMs = 0): Promise<(number | undefined)[]> {
  const upstream = cannedFetch(async () => {
    await clock.advance(tookMs);
    return down();
  });
  const { clock, call, attempts } = setUp(upstream, { ...atOnce, ...options });
  await clock.runUntil(call(init));
  return attempts.map(({ until }) => until);
}

describe('the time of a call', () => {
  it('is kept in part for another attempt, and the last has all that is left', async () => {
    expect(await untils(within(8000))).toEqual([6000, 6000, undefined]);
    expect(await untils(within(8000), { reserveRatio: 0.5 })).toEqual([4000, 4000, undefined]);
  });

  it('is divided anew from what each attempt leaves', async () => {
    const upstream = cannedFetch(down);
    const { clock, call, attempts } = setUp(upstream, { initialDelayMs: 2000, maxDelayMs: 2000 });
    await clock.runUntil(call(within(20_000)));
    // After 1000 ms, half of the 2000, under a chance of 0.5.
    expect(attempts.map(({ until }) => until)).toEqual([15_000, 1000 + 19_000 * 0.75, undefined]);
  });

  it.each<[string, Init, RetryOptions]>([
    ['no deadline was named', {}, {}],
    ['minutes are left', within(60_001), {}],
    ['too little would be kept for a wait and an answer', within(3999), { initialDelayMs: 500 }],
    ['nothing is to be kept', within(8000), { reserveRatio: 0 }],
    ['there is no retry', within(8000), { maxRetries: 0 }],
    ['a timeout is not retried', within(8000), { maxRetriesByFault: { timeout: 0 } }],
    ['what may have been processed is not sent again', within(8000), { ambiguous: { chat: 'give_up' } }],
  ])('is not divided where %s', async (_name, init, options) => {
    expect(new Set(await untils(init, options))).toEqual(new Set([undefined]));
  });

  it('is not divided for what is sent once', async () => {
    const { call, attempts, send } = setUp(cannedFetch(good));
    const body = new Blob([chatBody]).stream();
    await call({ ...within(8000), body, duplex: 'half' } as Init);
    await send('POST', '/batches', { ...within(8000), body: '{}' });
    await send('GET', '/batches', within(8000));
    expect(attempts.map(({ until }) => until)).toEqual([undefined, undefined, 6000]);
  });

  it('is not divided when it is up', async () => {
    const slow: Middleware = {
      name: 'slow',
      layer: 'budget',
      handle: async (call, next) => {
        await clock.advance(1500);
        return next(call);
      },
    };
    const { clock, call, attempts } = setUp(cannedFetch(good), {}, { outer: [slow] });
    await call({ headers: { authorization: 'Bearer sk-x', 'x-stainless-timeout': '1' } });
    expect(attempts.map(({ until }) => until)).toEqual([undefined]);
  });

  it('is divided once, where a layer further out has done so', async () => {
    const ladder: Middleware = {
      name: 'ladder',
      layer: 'fallback',
      handle: (call, next) => next(call.with({ until: 5000 })),
    };
    const { clock, call, attempts } = setUp(cannedFetch(down), {}, { outer: [ladder] });
    await clock.runUntil(call(within(8000)));
    expect(new Set(attempts.map(({ until }) => until))).toEqual(new Set([5000]));
  });

  it('that a ladder keeps for others is not waited in', async () => {
    const ladder: Middleware = {
      name: 'ladder',
      layer: 'fallback',
      handle: (call, next) => next(call.with({ until: 200 })),
    };
    const upstream = cannedFetch(down);
    const { call, clock } = setUp(upstream, {}, { outer: [ladder] });
    await call(within(8000));
    expect([upstream.calls.length, clock.monotonic()]).toEqual([1, 0]);
  });

  it('leaves a hung attempt another one that has all that is left of it', async () => {
    const ends: number[] = [];
    // As the timeout layer does it: ends an attempt when it has to give up.
    const bounded: Middleware = {
      name: 'bounded',
      layer: 'timeout',
      async handle(call, next) {
        if (call.until === undefined) return next(call);
        await clock.advance(call.until - clock.monotonic());
        ends.push(clock.monotonic());
        throw Object.assign(new Error('The attempt took too long.'), {
          name: 'TimeoutError',
          code: 'attempt_timeout',
        });
      },
    };
    const options = { ...atOnce, maxRetriesByFault: { timeout: 1 } };
    const { clock, call } = setUp(cannedFetch(good), options, { inner: [bounded] });
    expect((await clock.runUntil(call(within(8000)))).status).toBe(200);
    expect(ends).toEqual([6000]);
  });
});
