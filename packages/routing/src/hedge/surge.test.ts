import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/members.ts';
import { Surge } from './surge.ts';

const calmMs = 5000;

/** The share of time that it is on when so many calls are overdue, one call each 10 ms. */
function shareOn(overdueRatio: number, calls = 50_000): number {
  const surge = new Surge(0.95, calmMs);
  const random = seededRandom(11);
  let on = 0;
  for (let count = 0; count < calls; count++) {
    if (random() < overdueRatio) surge.overdue(count * 10);
    else surge.inTime();
    if (surge.isOn(count * 10)) on++;
  }
  return on / calls;
}

/** Tells of calls that are overdue or not, all at once. */
function tell(surge: Surge, calls: readonly boolean[]): void {
  for (const isOverdue of calls)
    if (isOverdue) surge.overdue(0);
    else surge.inTime();
}

describe('a surge of slow calls', () => {
  it('is there at the fifth of five in a row, whatever was before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 50 }), (before) => {
        const surge = new Surge(0.95, calmMs);
        tell(surge, before);
        for (let count = 0; count < 5; count++) surge.overdue(1);
        expect(surge.isOn(1)).toBe(true);
      }),
    );
  });

  it('takes four of them more than expected, however they come', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (calls) => {
        const surge = new Surge(0.95, calmMs);
        tell(surge, calls);
        if (calls.filter(Boolean).length < 5) expect(surge.isOn(0)).toBe(false);
      }),
    );
  });

  it('is nearly never there while as many are overdue as expected, and nearly always at three times as many and more', () => {
    expect(shareOn(0.05)).toBeLessThan(0.05);
    expect(shareOn(0.3)).toBeGreaterThan(0.95);
    expect(shareOn(1)).toBeGreaterThan(0.999);
  });

  it('is over when it has been calm for a while, and not by time alone', () => {
    const surge = new Surge(0.95, calmMs);
    for (let count = 0; count < 9; count++) surge.overdue(0);
    expect(surge.isOn(1e9)).toBe(true);
    surge.inTime();
    expect(surge.isOn(calmMs - 1)).toBe(true);
    expect(surge.isOn(calmMs)).toBe(false);
    surge.overdue(calmMs);
    expect(surge.isOn(calmMs)).toBe(true);
  });

  it('is told from what a low percentile lets expect', () => {
    const surge = new Surge(0.5, calmMs);
    tell(
      surge,
      Array.from({ length: 200 }, (_, index) => index % 2 === 0),
    );
    expect(surge.isOn(0)).toBe(false);
  });

  it('is over when what was slow is usual', () => {
    const surge = new Surge(0.95, calmMs);
    for (let count = 0; count < 9; count++) surge.overdue(0);
    surge.reset();
    expect(surge.isOn(0)).toBe(false);
  });
});
