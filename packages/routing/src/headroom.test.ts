import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Headroom } from './headroom.ts';

const limits = (values: Record<string, string | number>): Headers =>
  new Headers(Object.entries(values).map(([name, value]) => [`x-ratelimit-${name}`, String(value)]));

function read(values: Record<string, string | number>): Headroom {
  const headroom = new Headroom();
  headroom.read(limits(values), 0);
  return headroom;
}

describe('Headroom', () => {
  it.each([
    ['nothing is said', {}, 1],
    ['half is left', { 'remaining-requests': 50, 'limit-requests': 100 }, 1],
    ['a tenth is left', { 'remaining-requests': 10, 'limit-requests': 100 }, 0.5],
    [
      'tokens are scarcer than requests',
      { 'remaining-requests': 90, 'limit-requests': 100, 'remaining-tokens': 5, 'limit-tokens': 100 },
      0.25,
    ],
    ['nothing is left', { 'remaining-requests': 0, 'limit-requests': 100 }, 0],
    ['nothing is left of a limit without a size', { 'remaining-requests': 0 }, 0],
    ['it is negative, which means unknown', { 'remaining-requests': -1, 'limit-requests': 100 }, 1],
    ['it is no number', { 'remaining-requests': 'many', 'limit-requests': 'more' }, 1],
  ])('when %s', (_when, values, ratio) => {
    expect(read(values).ratio(0)).toBeCloseTo(ratio);
  });

  it('refills until the reset, or within a minute where none is named', () => {
    const named = read({ 'remaining-requests': 0, 'limit-requests': 100, 'reset-requests': '10s' });
    expect([0, 1000, 2000, 10_000].map((nowMs) => named.ratio(nowMs))).toEqual([0, 0.5, 1, 1]);
    expect(read({ 'remaining-requests': 0, 'limit-requests': 100 }).ratio(6000)).toBeCloseTo(0.5);
  });

  it('has room for no call while not even one has come back', () => {
    expect(read({ 'remaining-requests': 0, 'limit-requests': 3, 'reset-requests': '1m0s' }).ratio(19_000)).toBe(0);
  });

  it('follows a limit that was lowered', () => {
    const headroom = read({ 'remaining-requests': 1000, 'limit-requests': 1000 });
    headroom.read(limits({ 'remaining-requests': 50, 'limit-requests': 60 }), 1);
    expect(headroom.ratio(1)).toBe(1);
  });

  it('is a ratio whatever an endpoint says, and never shrinks with time', () => {
    const odd = fc.oneof(
      fc.double().map(String),
      fc.integer().map(String),
      fc.constantFrom('', '-1', '1e400', 'x', '6m0s'),
    );
    fc.assert(
      fc.property(odd, odd, odd, fc.array(fc.nat(100_000), { maxLength: 5 }), (remaining, limit, reset, waits) => {
        const headroom = read({ 'remaining-tokens': remaining, 'limit-tokens': limit, 'reset-tokens': reset });
        let before = 0;
        for (const nowMs of waits.toSorted((a, b) => a - b)) {
          const ratio = headroom.ratio(nowMs);
          expect(ratio).toBeGreaterThanOrEqual(before);
          expect(ratio).toBeLessThanOrEqual(1);
          before = ratio;
        }
      }),
    );
  });
});
