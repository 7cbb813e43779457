import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PeakEwma } from './peak-ewma.ts';

const samples = fc.array(
  fc.record({ latencyMs: fc.double({ min: 0, max: 1e5, noNaN: true }), afterMs: fc.nat(60_000) }),
  {
    minLength: 1,
  },
);

describe('PeakEwma', () => {
  it('knows nothing before the first sample', () => {
    expect(new PeakEwma(1000).valueMs(5)).toBeUndefined();
    expect(new PeakEwma(1000).isUnknown).toBe(true);
  });

  it('stays between the least and the most that was seen, and never falls behind the last sample', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const average = new PeakEwma(10_000);
        let nowMs = 0;
        for (const { latencyMs, afterMs } of all) {
          nowMs += afterMs;
          average.observe(latencyMs, nowMs);
          expect(average.valueMs(nowMs)).toBeGreaterThanOrEqual(latencyMs - 1e-6);
        }
        const seen = all.map(({ latencyMs }) => latencyMs);
        expect(average.valueMs(nowMs)).toBeLessThanOrEqual(Math.max(...seen) + 1e-6);
        expect(average.valueMs(nowMs)).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-6);
      }),
    );
  });

  it('believes a peak at once, and half of it after a half-life', () => {
    const average = new PeakEwma(10_000);
    average.observe(100, 0);
    average.observe(900, 1);
    expect(average.valueMs(1)).toBe(900);
    average.observe(100, 10_001);
    expect(average.valueMs(10_001)).toBeCloseTo(500);
  });

  it('forgets by halves what nobody measures, so that what was slow once is asked again', () => {
    const average = new PeakEwma(10_000);
    average.observe(800, 0);
    expect([0, 10_000, 20_000, 30_000].map((nowMs) => average.valueMs(nowMs))).toEqual([800, 400, 200, 100]);
  });

  it('only ever rises by waits in vain and by failures, up to a minute of distrust', () => {
    fc.assert(
      fc.property(samples, fc.array(fc.boolean(), { maxLength: 40 }), (all, failures) => {
        const average = new PeakEwma(10_000);
        for (const { latencyMs } of all) average.observe(latencyMs, 0);
        for (const isFailure of failures) {
          const before = average.valueMs(0) ?? 0;
          if (isFailure) average.distrust(0);
          else average.raise(before / 2, 0);
          const after = average.valueMs(0) ?? 0;
          expect(after).toBeGreaterThanOrEqual(before);
          expect(after).toBeLessThanOrEqual(Math.max(before, 60_000));
        }
      }),
    );
  });

  it('does not take quick failures for speed', () => {
    const average = new PeakEwma(10_000);
    average.distrust(0);
    expect(average.valueMs(0)).toBe(2000);
  });
});
