import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaults, resolveOptions } from './options.ts';
import { WaitPlan } from './wait-plan.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const serverWaits = fc.array(fc.option(fc.integer({ min: 0, max: 3_600_000 }), { nil: undefined }), { maxLength: 12 });

describe('the waits of a call', () => {
  it('are never shorter than the server asked, and never longer than that and the jitter', () => {
    fc.assert(
      fc.property(serverWaits, chance, chance, (asked, drawn, jitterRatio) => {
        const plan = new WaitPlan(resolveOptions({ jitterRatio }), () => drawn);
        for (const serverWaitMs of asked) {
          const waitMs = plan.nextMs(serverWaitMs);
          if (serverWaitMs === undefined) expect(waitMs).toBeLessThanOrEqual(defaults.maxDelayMs);
          else {
            expect(waitMs).toBeGreaterThanOrEqual(serverWaitMs);
            expect(waitMs).toBeLessThanOrEqual(serverWaitMs + Math.max(100, serverWaitMs * jitterRatio));
          }
        }
      }),
    );
  });

  it('grow from the first delay to the longest and no further', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        (initialDelayMs, maxDelayMs) => {
          const plan = new WaitPlan(resolveOptions({ initialDelayMs, maxDelayMs }), () => 0.999_999_999);
          let previousMs = 0;
          for (let step = 0; step < 20; step++) {
            const waitMs = plan.nextMs(undefined);
            expect(waitMs).toBeGreaterThanOrEqual(previousMs);
            expect(waitMs).toBeLessThanOrEqual(maxDelayMs);
            previousMs = waitMs;
          }
        },
      ),
    );
  });

  it('are drawn, under decorrelated jitter, between the first delay and three times the last wait', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.array(chance, { minLength: 1, maxLength: 20 }),
        (initialDelayMs, maxDelayMs, drawn) => {
          const left = [...drawn];
          const options = resolveOptions({ jitter: 'decorrelated', initialDelayMs, maxDelayMs });
          const plan = new WaitPlan(options, () => left.shift() ?? 0);
          let previousMs = initialDelayMs;
          while (left.length > 0) {
            const waitMs = plan.nextMs(undefined);
            expect(waitMs).toBeGreaterThanOrEqual(Math.min(initialDelayMs, maxDelayMs));
            expect(waitMs).toBeLessThanOrEqual(Math.min(maxDelayMs, Math.max(initialDelayMs, previousMs * 3)));
            previousMs = waitMs;
          }
        },
      ),
    );
  });

  it('follow the formula of decorrelated jitter', () => {
    const plan = new WaitPlan(resolveOptions({ jitter: 'decorrelated' }), () => 0.5);
    expect([1, 2, 3, 4, 5, 6].map(() => plan.nextMs(undefined))).toEqual([1000, 1750, 2875, 4562.5, 7093.75, 8000]);
  });

  it('keep to what the server asked under decorrelated jitter as well', () => {
    const plan = new WaitPlan(resolveOptions({ jitter: 'decorrelated' }), () => 0);
    expect([plan.nextMs(3000), plan.nextMs(undefined)]).toEqual([3000, 500]);
  });
});
