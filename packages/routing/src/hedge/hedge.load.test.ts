import { seededRandom } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { traffic, type Host } from '../../test/traffic.ts';
import { hedge, type HedgeOptions } from '../index.ts';

/** A host whose answers take 100 ms, and one in twenty ten times as long; all of that times `factor`. */
function tailed(seed: number, draw = (random: () => number): number => (random() < 0.05 ? 1000 : 100)) {
  const random = seededRandom(seed);
  const host = {
    factor: 1,
    get latencyMs(): number {
      return this.factor * draw(random);
    },
  };
  return host satisfies Host;
}

/** Sends calls at a pace of their own; tells how long they took, and how many requests came on top. */
async function load(to: ReturnType<typeof traffic>, count: number, everyMs: number) {
  const { clock, asked, call } = to;
  const tookMs: number[] = [];
  const from = asked.length;
  for (let index = 0; index < count; index++) {
    const startMs = clock.monotonic();
    void call().then((response) => (tookMs.push(clock.monotonic() - startMs), response.text()));
    await clock.advance(everyMs);
  }
  tookMs.sort((a, b) => a - b);
  return {
    extraRatio: (asked.length - from - count) / count,
    percentileMs: (ratio: number) => tookMs[Math.ceil(tookMs.length * ratio) - 1] as number,
  };
}

function scene(seed: number, options: HedgeOptions = {}) {
  const host = tailed(seed);
  const layer = hedge(options);
  return { host, layer, to: traffic(layer, { 'own.test': host }, seed) };
}

describe('hedging under load', () => {
  it.each([1, 2, 3])('cuts p99 by more than half for few more requests, drawn by %i', async (seed) => {
    const { to } = scene(seed);
    const hedged = await load(to, 4000, 20);
    const plain = await load(scene(seed, { maxShare: 0 }).to, 4000, 20);
    expect(plain.percentileMs(0.99)).toBe(1000);
    expect(hedged.percentileMs(0.99)).toBeLessThanOrEqual(500);
    expect(hedged.percentileMs(0.5)).toBe(plain.percentileMs(0.5));
    expect(hedged.extraRatio).toBeLessThanOrEqual(0.07);
    expect(plain.extraRatio).toBe(0);
  });

  it.each([4, 5, 6])(
    'sends next to nothing when all gets slow, and is back when that is over, drawn by %i',
    async (seed) => {
      const { to, host, layer } = scene(seed);
      await load(to, 2000, 20);
      host.factor = 10;
      const slow = await load(to, 1000, 10);
      expect(slow.extraRatio).toBeLessThanOrEqual(0.01);
      expect(layer.stats().kinds).toMatchObject([{ isSlow: true }]);
      host.factor = 1;
      await load(to, 2000, 10);
      expect(layer.stats().kinds).toMatchObject([{ isSlow: false }]);
      const again = await load(to, 2000, 10);
      expect(again.percentileMs(0.99)).toBeLessThanOrEqual(500);
      expect(again.extraRatio).toBeGreaterThan(0.02);
    },
  );

  it('takes what stays slow for usual after a while, and hedges that', async () => {
    const { to, host, layer } = scene(7);
    await load(to, 1000, 20);
    host.factor = 10;
    await load(to, 7000, 10);
    const [kind] = layer.stats().kinds;
    expect(kind?.delayMs).toBeGreaterThan(1000);
    const later = await load(to, 2000, 10);
    expect(later.percentileMs(0.99)).toBeLessThan(5000);
    expect(later.extraRatio).toBeLessThan(0.07);
    host.factor = 1;
    await load(to, 8000, 10);
    expect((await load(to, 2000, 10)).percentileMs(0.99)).toBeLessThan(1000);
  });

  it('throttles at the first handful of calls that are overdue at the same moment', async () => {
    const { to, host, layer } = scene(8);
    await load(to, 500, 20);
    await to.clock.advance(5000);
    host.factor = 10;
    const from = to.asked.length;
    const ends = Array.from({ length: 200 }, async () => (await to.call()).text());
    await to.clock.advance(20_000);
    await Promise.all(ends);
    expect(to.asked.length - from).toBeLessThanOrEqual(205);
    expect(layer.stats().suppressedBySlowness).toBeGreaterThan(100);
  });

  it('helps where latencies have a long tail and no step', async () => {
    const gauss = (random: () => number): number =>
      Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const host = (): Host => tailed(9, (random) => 100 * Math.exp(gauss(random)));
    const hedged = await load(traffic(hedge(), { 'own.test': host() }, 9), 4000, 20);
    const plain = await load(traffic(hedge({ maxShare: 0 }), { 'own.test': host() }, 9), 4000, 20);
    expect(hedged.percentileMs(0.99)).toBeLessThan(0.85 * plain.percentileMs(0.99));
    expect(hedged.extraRatio).toBeLessThanOrEqual(0.055);
  });
});
