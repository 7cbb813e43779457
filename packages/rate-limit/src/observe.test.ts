import { journeyOf } from '@holdfast/core';
import { cannedFetch, chatChunks, errorAnswer, streamAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { good, setUp, told } from '../test/service.ts';
import type { RateLimitOptions } from './index.ts';

const observing: RateLimitOptions = { mode: 'observe', spreadMs: 0 };

/** What the journey of an answer says would have become of its call. */
const would = (response: Response): string | undefined =>
  journeyOf(response)?.entries.flatMap((entry) => (entry.type === 'decision' ? [entry.action] : []))[0];

describe('a layer that only observes', () => {
  it('lets every call go at once, and says which would have waited and which been refused', async () => {
    const upstream = cannedFetch(good());
    const limits = { '*': { requestsPerMinute: 60 } };
    const { call, clock, stats } = setUp(upstream, { ...observing, limits, maxWaitMs: 5000 });
    const actions: (string | undefined)[] = [];
    for (let index = 0; index < 100; index++) actions.push(would(await call()));
    expect(upstream.calls).toHaveLength(100);
    expect(clock.monotonic()).toBe(0);
    const count = (action: string | undefined): number => actions.filter((one) => one === action).length;
    expect([count(undefined), count('would_wait'), count('would_refuse')]).toEqual([60, 5, 35]);
    expect(stats()?.requests.remaining).toBe(-5);
  });

  it('does not count what would not have been sent, so that it is not in debt for ever', async () => {
    const limits = { '*': { requestsPerMinute: 60 } };
    const { call, clock, stats } = setUp(cannedFetch(good()), { ...observing, limits, maxWaitMs: 5000 });
    for (let second = 0; second < 600; second++) {
      for (let index = 0; index < 5; index++) await (await call()).text();
      await clock.advance(1000);
    }
    expect(stats()?.requests.remaining).toBeGreaterThanOrEqual(-5);
    await clock.advance(6000);
    expect(would(await call())).toBeUndefined();
  });

  it('says how long a call would have waited after a 429', async () => {
    const { call } = setUp(
      cannedFetch(() => errorAnswer(429, {}, { 'retry-after': '30' })),
      observing,
    );
    await call();
    const response = await call();
    expect(response.status).toBe(429);
    expect(JSON.stringify(journeyOf(response))).toContain('about 30000 ms for room');
  });

  it('counts the places of calls under way, and breaks nothing when there are more', async () => {
    const upstream = cannedFetch(() => streamAnswer(chatChunks(['a'])));
    const { call, stats } = setUp(upstream, { ...observing, concurrency: 2 });
    const answers = await Promise.all([1, 2, 3].map(() => call({ fields: { stream: true } })));
    expect(answers.map((answer) => would(answer))).toEqual([undefined, undefined, 'would_wait']);
    expect(stats()?.concurrency).toEqual({ inFlight: 3, limit: 2 });
    await Promise.all(answers.map((answer) => answer.text()));
    expect(stats()?.concurrency).toEqual({ inFlight: 0, limit: 2 });
  });

  it('learns limits all the same', async () => {
    const { learn, stats } = setUp(cannedFetch(good(told('tokens', 1000, 900))), observing);
    await learn();
    expect(stats()?.tokens).toMatchObject({ limit: 1000, remaining: 900 });
  });

  it('has no word for a plan', async () => {
    const { learn, resilient } = setUp(
      cannedFetch(() => errorAnswer(429, {}, { 'retry-after': '90' })),
      observing,
    );
    await learn();
    expect((await resilient.plan({ body: { model: 'gpt-5' } }))[0]).toMatchObject({ fate: 'first' });
  });
});
