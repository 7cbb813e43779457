import type { Fetch } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { good, limited, seeded, setUp } from '../test/bench.ts';

const herd = 200;
const askedMs = 2000;

/** Sends `herd` calls together, all of which are limited at first; tells when each came back, and how they ended. */
async function stampede(successes: number) {
  const retriedAtMs: number[] = [];
  let isOver = false;
  let firsts = 0;
  const upstream: Fetch = async () => {
    if (!isOver) return good();
    if (firsts++ < herd) return limited({ 'retry-after': '2' })();
    retriedAtMs.push(clock.monotonic() - startMs);
    return good();
  };
  const { clock, call, layer } = setUp(upstream, {}, { random: seeded(7) });
  for (let count = 0; count < successes; count++) await call();
  isOver = true;
  const startMs = clock.monotonic();
  const endings = Array.from({ length: herd }, async () => {
    const { status } = await call();
    return { status, afterMs: clock.monotonic() - startMs };
  });
  await clock.advance(askedMs - 1);
  const early = retriedAtMs.length;
  const ends = await clock.runUntil(Promise.all(endings));
  return { retriedAtMs: retriedAtMs.toSorted((x, y) => x - y), early, ends, budget: layer.budget?.stats() };
}

describe('200 calls that are told to come back in two seconds', () => {
  it('come back after them, spread out, all of them where the budget has room', async () => {
    const { retriedAtMs, early, ends, budget } = await stampede(600);
    expect(early).toBe(0);
    expect(retriedAtMs).toHaveLength(herd);
    expect(budget?.retries).toBe(herd);
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set([200]));
    const [soonestMs, latestMs] = [retriedAtMs.at(0) as number, retriedAtMs.at(-1) as number];
    expect(soonestMs).toBeGreaterThanOrEqual(askedMs);
    expect(latestMs - soonestMs).toBeGreaterThanOrEqual(400);
    for (const atMs of retriedAtMs) {
      const together = retriedAtMs.filter((otherMs) => otherMs >= atMs && otherMs < atMs + 20);
      expect(together.length).toBeLessThanOrEqual(herd / 10);
    }
  });

  it('come back as far as the budget has room, and the others hear so at once', async () => {
    const { retriedAtMs, ends } = await stampede(0);
    expect(retriedAtMs).toHaveLength(100);
    const refused = ends.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(100);
    expect(refused.every(({ afterMs }) => afterMs === 0)).toBe(true);
  });
});

describe('an upstream that fails for ten minutes', () => {
  it('gets little more than the calls themselves', async () => {
    const seconds = 600;
    const perSecond = 100;
    let requests = 0;
    let ended = 0;
    const upstream: Fetch = async () => {
      requests++;
      return new Response(null, { status: 503 });
    };
    const { clock, call } = setUp(upstream, {}, { random: seeded(11) });
    for (let step = 0; step < seconds * 5; step++) {
      for (let index = 0; index < perSecond / 5; index++) void call().then(() => ended++);
      await clock.advance(200);
    }
    await clock.advance(60_000);
    const calls = seconds * perSecond;
    expect(ended).toBe(calls);
    // Ten retries a second, and those of one window more that the first moment has.
    expect(requests).toBeLessThanOrEqual(calls + 10 * seconds + 100);
    expect(requests).toBeLessThanOrEqual(calls * 1.2 + 100);
  });
});
