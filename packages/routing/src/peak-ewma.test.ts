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
    expect(new PeakEwma(1000).valueMs).toBeUndefined();
  });

  it('stays between the least and the most that was seen, and never falls behind the last sample', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const average = new PeakEwma(10_000);
        let nowMs = 0;
        for (const { latencyMs, afterMs } of all) {
          nowMs += afterMs;
          average.observe(latencyMs, nowMs);
          expect(average.valueMs).toBeGreaterThanOrEqual(latencyMs - 1e-6);
        }
        const seen = all.map(({ latencyMs }) => latencyMs);
        expect(average.valueMs).toBeLessThanOrEqual(Math.max(...seen) + 1e-6);
        expect(average.valueMs).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-6);
      }),
    );
  });

  it('believes a peak at once, and half of it after a half-life', () => {
    const average = new PeakEwma(10_000);
    average.observe(100, 0);
    average.observe(900, 1);
    expect(average.valueMs).toBe(900);
    average.observe(100, 10_001);
    expect(average.valueMs).toBeCloseTo(500);
  });
});
