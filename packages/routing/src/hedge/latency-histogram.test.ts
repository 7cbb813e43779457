import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/members.ts';
import { LatencyHistogram } from './latency-histogram.ts';

const percentiles = fc.double({ min: 0.5, max: 0.999, noNaN: true });
const latencies = fc.array(fc.double({ min: 1, max: 500_000, noNaN: true }), { minLength: 1, maxLength: 300 });

function filled(percentile: number, observed: Iterable<number>): LatencyHistogram {
  const histogram = new LatencyHistogram(percentile);
  for (const latencyMs of observed) histogram.observe(latencyMs);
  return histogram;
}

describe('a percentile of latencies', () => {
  it('is at most 5 % above one of them, and no more took longer than it says', () => {
    fc.assert(
      fc.property(percentiles, latencies, (percentile, observed) => {
        const valueMs = filled(percentile, observed).percentileMs();
        const late = 1 - percentile;
        // The oldest of 300 counts a fifth less than the latest.
        const allowed = (late + 1.7 * Math.sqrt((late * percentile) / observed.length)) * 1.25;
        expect(observed.filter((latencyMs) => latencyMs > valueMs).length / observed.length).toBeLessThanOrEqual(
          allowed,
        );
        const closest = Math.max(...observed.filter((latencyMs) => latencyMs <= valueMs * 1.0001));
        if (valueMs > 1) expect(valueMs / closest).toBeLessThan(1.0501);
      }),
    );
  });

  it('is the higher the higher it is', () => {
    fc.assert(
      fc.property(percentiles, percentiles, latencies, (one, other, observed) => {
        const [low, high] = [filled(Math.min(one, other), observed), filled(Math.max(one, other), observed)];
        // Close to the middle the doubt about it may weigh more than the difference.
        if (Math.abs(one - other) > 0.2) expect(low.percentileMs()).toBeLessThanOrEqual(high.percentileMs());
      }),
    );
  });

  it('is close to the true one of many', () => {
    const random = seededRandom(5);
    const histogram = filled(
      0.95,
      Array.from({ length: 20_000 }, () => 1000 * random()),
    );
    expect(histogram.percentileMs()).toBeGreaterThan(920);
    expect(histogram.percentileMs()).toBeLessThan(1000);
  });

  it('is that of the fast ones where just about as many are slow', () => {
    const random = seededRandom(3);
    const histogram = new LatencyHistogram(0.95);
    let early = 0;
    for (let count = 0; count < 20_000; count++) {
      histogram.observe(random() < 0.05 ? 1000 : 100);
      if (count >= 20 && histogram.percentileMs() < 110) early++;
    }
    expect(early / 20_000).toBeGreaterThan(0.9);
  });

  it('forgets by halves: what was long ago counts less', () => {
    const histogram = filled(
      0.95,
      Array.from({ length: 100_000 }, () => 100),
    );
    for (let count = 0; count < 50; count++) histogram.observe(1000);
    expect(histogram.percentileMs()).toBeLessThan(110);
    for (let count = 0; count < 60; count++) histogram.observe(1000);
    expect(histogram.percentileMs()).toBeGreaterThan(990);
    for (let count = 0; count < 2000; count++) histogram.observe(100);
    expect(histogram.percentileMs()).toBeLessThan(110);
  });

  it('takes whatever comes, and knows no more than ten minutes', () => {
    const histogram = filled(0.95, [0, 0.2, 1e9, Number.POSITIVE_INFINITY]);
    expect(histogram.percentileMs()).toBeGreaterThan(600_000);
    expect(histogram.percentileMs()).toBeLessThan(660_000);
  });
});
