import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Share } from './share.ts';

const step = fc.constantFrom('call', 'spend', 'giveBack');

describe('the share of calls that may be sent twice', () => {
  it('is never exceeded by more than the burst, whatever comes in which order', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(step, { maxLength: 500 }),
        (maxShare, burst, steps) => {
          const share = new Share(maxShare, burst);
          let [calls, spent] = [0, 0];
          for (const one of steps) {
            if (one === 'call') {
              calls++;
              share.earn();
            } else if (one === 'spend') spent += share.spend() ? 1 : 0;
            else if (spent > 0) {
              spent--;
              share.giveBack();
            }
            expect(spent).toBeLessThanOrEqual(maxShare * calls + burst + 1e-9);
          }
        },
      ),
    );
  });

  it('of nothing is nothing', () => {
    expect(new Share(0, 10).spend()).toBe(false);
  });
});
