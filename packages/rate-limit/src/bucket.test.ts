import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bucket } from './bucket.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

function full(limit: number): Bucket {
  const bucket = new Bucket();
  bucket.assume(limit, 0);
  return bucket;
}

const told = (limit: number, remaining: number, resetMs?: number) => ({ limit, remaining, resetMs });
const mark = (order: number, taken = order) => ({ order, taken });

describe('a bucket', () => {
  it('limits nothing before anything is known', () => {
    const bucket = new Bucket();
    bucket.take(1e9, 0);
    expect(bucket.level(0)).toBe(Number.POSITIVE_INFINITY);
    expect(bucket.waitMs(1e9, 0)).toBe(0);
    expect(bucket.isTold).toBe(false);
  });

  it('fills up evenly, to its limit and no further', () => {
    const bucket = full(60);
    bucket.take(60, 0);
    expect([500, 1000, 30_000, 90_000].map((nowMs) => bucket.level(nowMs))).toEqual([0.5, 1, 30, 60]);
  });

  it('waits as long as what is missing takes to come', () => {
    const bucket = full(60);
    bucket.take(59, 0);
    expect(bucket.waitMs(1, 0)).toBe(0);
    expect(bucket.waitMs(3, 0)).toBe(2000);
    expect(bucket.waitMs(3, 1500)).toBe(500);
    expect(bucket.waitMs(3, 0, 10)).toBe(10_500);
  });

  it('asks all of it, and no more, for what is larger than its limit', () => {
    const bucket = full(60);
    bucket.take(1, 0);
    expect(bucket.waitMs(1000, 0)).toBe(1000);
    expect(bucket.waitMs(1000, 1000)).toBe(0);
  });

  it('neither gains nor loses while its clock stands still or is behind', () => {
    const bucket = full(60);
    bucket.take(10, 5000);
    expect(bucket.level(5000)).toBe(50);
    expect(bucket.level(1000)).toBe(50);
    expect(bucket.level(6000)).toBe(51);
  });

  it('believes what an answer tells, and takes off what was sent after its request', () => {
    const bucket = new Bucket();
    const taken = [1, 2, 3].map(() => bucket.take(1, 0));
    expect(bucket.believe(told(100, 40), mark(1, taken[0]), 0)).toBe(true);
    expect(bucket.level(0)).toBe(38);
    expect(bucket.believe(told(100, 39), mark(3, taken[2]), 0)).toBe(false);
    expect(bucket.level(0)).toBe(39);
  });

  it('ignores an answer that is older than the latest it believed', () => {
    const bucket = new Bucket();
    for (let call = 0; call < 5; call++) bucket.take(1, 0);
    bucket.believe(told(100, 50), mark(4), 0);
    expect(bucket.believe(told(200, 90), mark(2), 0)).toBe(false);
    expect(bucket.limit).toBe(100);
    expect(bucket.level(0)).toBe(49);
  });

  it('is not in debt for calls that were taken back before they were sent', () => {
    const bucket = new Bucket();
    bucket.take(1, 0);
    for (let order = 2; order < 5002; order++) {
      bucket.take(1, 0);
      bucket.release(1, order, 0);
    }
    bucket.believe(told(500, 400), mark(1), 0);
    expect(bucket.level(0)).toBe(400);
    bucket.take(1, 0);
    expect(bucket.believe(told(500, 399), mark(5002, 2), 0)).toBe(false);
    expect(bucket.level(0)).toBe(399);
  });

  it('puts nothing back for a call that was never sent once a later answer has told without it', () => {
    const bucket = new Bucket();
    bucket.take(1, 0);
    bucket.take(1, 0);
    bucket.believe(told(100, 60), mark(2), 0);
    bucket.release(1, 1, 0);
    expect(bucket.level(0)).toBe(60);
  });

  it.each([
    ['a minute', 200, 150, 15_000, minuteMs],
    ['an hour', 200, 150, 15 * minuteMs, hourMs],
    ['a day', 200, 150, 6 * hourMs, dayMs],
    ['a minute, whose reset was rounded up', 60, 59, 1000, minuteMs],
    ['a minute, where too little is spent to tell', 1000, 999, 6 * hourMs, minuteMs],
    ['a minute, where no reset is told', 200, 150, undefined, minuteMs],
  ])('finds a window of %s', (_name, limit, remaining, resetMs, windowMs) => {
    const bucket = new Bucket();
    bucket.believe(told(limit, remaining, resetMs), mark(1), 0);
    expect(bucket.windowMs).toBe(windowMs);
  });

  it('keeps a window of a day while too little is spent to tell, and begins anew with another limit', () => {
    const bucket = new Bucket();
    bucket.believe(told(200, 150, 6 * hourMs), mark(1), 0);
    bucket.believe(told(200, 199, 432_000), mark(2), 0);
    expect(bucket.windowMs).toBe(dayMs);
    bucket.believe(told(500, 499, 120), mark(3), 0);
    expect(bucket.windowMs).toBe(minuteMs);
  });

  it('is never above its limit, and never below zero after a wait', () => {
    const step = fc.record({
      amount: fc.integer({ min: 1, max: 300 }),
      pauseMs: fc.double({ min: 0, max: 5000, noNaN: true }),
      remaining: fc.option(fc.nat(200), { nil: undefined }),
      release: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const bucket = full(limit);
        let nowMs = 0;
        for (const [index, { amount, pauseMs, remaining, release }] of steps.entries()) {
          nowMs += pauseMs;
          nowMs += bucket.waitMs(amount, nowMs);
          const taken = bucket.take(Math.min(amount, bucket.limit as number), nowMs);
          expect(bucket.level(nowMs)).toBeGreaterThanOrEqual(-1e-5);
          if (release) bucket.release(Math.min(amount, bucket.limit as number), index + 1, nowMs);
          if (remaining !== undefined) bucket.believe(told(limit, remaining), { order: index + 1, taken }, nowMs);
          expect(bucket.level(nowMs)).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});
