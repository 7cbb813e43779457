import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SuccessWindow } from './success-window.ts';

it('keeps what is younger than half a window, and nothing that is older than a whole one', () => {
  const ends = fc.array(fc.record({ afterMs: fc.nat(400), isFailure: fc.boolean() }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(ends, (all) => {
      const window = new SuccessWindow(1000);
      const past: { atMs: number; isFailure: boolean }[] = [];
      let nowMs = 0;
      for (const { afterMs, isFailure } of all) {
        nowMs += afterMs;
        window.note(isFailure, nowMs);
        past.push({ atMs: nowMs, isFailure });
        const within = (ms: number, kind: boolean): number =>
          past.filter((one) => one.isFailure === kind && nowMs - one.atMs < ms).length;
        expect(window.failures(nowMs)).toBeGreaterThanOrEqual(within(500, true));
        expect(window.failures(nowMs)).toBeLessThanOrEqual(within(1000, true));
        expect(window.successes(nowMs)).toBeGreaterThanOrEqual(within(500, false));
        expect(window.successes(nowMs)).toBeLessThanOrEqual(within(1000, false));
      }
    }),
  );
});
