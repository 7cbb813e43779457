import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryBudget, type RetryBudgetOptions } from './index.ts';

const a = 'https://a.example';
const b = 'https://b.example';

/** How many of `tries` retries in a row are granted. */
const granted = (budget: ReturnType<typeof retryBudget>, tries: number, nowMs: number, origin = a): number =>
  Array.from({ length: tries }, () => budget.tryRetry(origin, nowMs)).filter(Boolean).length;

describe('a retry budget', () => {
  it('has room for ten retries a second without any success', () => {
    expect(granted(retryBudget(), 200, 0)).toBe(100);
  });

  it('has room for one retry more with every fifth success', () => {
    const budget = retryBudget({ minRetriesPerSecond: 0 });
    for (let count = 0; count < 14; count++) budget.noteSuccess(a, 0);
    expect(granted(budget, 10, 0)).toBe(2);
    budget.noteSuccess(a, 0);
    expect(granted(budget, 10, 0)).toBe(1);
  });

  it('has no room at all when told so', () => {
    const budget = retryBudget({ minRetriesPerSecond: 0, ratio: 0 });
    budget.noteSuccess(a, 0);
    expect(budget.tryRetry(a, 0)).toBe(false);
  });

  it('forgets successes a little early and retries a little late', () => {
    const budget = retryBudget({ ratio: 1, minRetriesPerSecond: 0, windowMs: 1000 });
    budget.noteSuccess(a, 0);
    expect([budget.stats(a, 999).successes, budget.stats(a, 1000).successes]).toEqual([1, 0]);
    budget.noteSuccess(a, 1050);
    expect(budget.tryRetry(a, 1050)).toBe(true);
    expect([budget.stats(a, 2050).retries, budget.stats(a, 2100).retries]).toEqual([1, 0]);
  });

  it('has room again after a long silence', () => {
    const budget = retryBudget();
    expect(granted(budget, 200, 12_345)).toBe(100);
    expect(granted(budget, 200, 1e9)).toBe(100);
  });

  it('holds for each endpoint and for all of them together', () => {
    const budget = retryBudget({ ratio: 0.5, minRetriesPerSecond: 0 });
    for (let count = 0; count < 10; count++) budget.noteSuccess(a, 0);
    expect(granted(budget, 10, 0, b)).toBe(0);
    expect(granted(budget, 4, 0, a)).toBe(4);
    for (let count = 0; count < 10; count++) budget.noteSuccess(b, 0);
    expect(granted(budget, 10, 0, b)).toBe(5);
    expect(budget.stats()).toEqual({ successes: 20, retries: 9, remaining: 1 });
    expect(budget.stats(a)).toEqual({ successes: 10, retries: 4, remaining: 1 });
    expect(budget.stats('https://never.seen')).toEqual({ successes: 0, retries: 0, remaining: 0 });
  });

  it('takes nothing where there is no room in both', () => {
    const budget = retryBudget({ ratio: 1, minRetriesPerSecond: 0 });
    budget.noteSuccess(a, 0);
    expect(granted(budget, 5, 0, b)).toBe(0);
    expect(budget.stats()).toEqual({ successes: 1, retries: 0, remaining: 1 });
  });

  it('keeps no more than 256 endpoints, and forgets the one that was silent for longest', () => {
    const budget = retryBudget();
    budget.noteSuccess(a, 0);
    budget.noteSuccess(b, 5000);
    for (let index = 0; index < 255; index++) budget.noteSuccess(`https://${index}.example`, 5000);
    expect([budget.stats(a).successes, budget.stats(b).successes]).toEqual([0, 1]);
    for (let index = 0; index < 10_000; index++) budget.noteSuccess(`https://x${index}.example`, 6000);
    expect(budget.stats().successes).toBe(10_257);
  });

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])(
    'stands still under a clock that says %s',
    (nowMs) => {
      const budget = retryBudget();
      expect(granted(budget, 60, 5000)).toBe(60);
      expect(granted(budget, 60, nowMs)).toBe(40);
      expect(budget.stats(a, nowMs)).toEqual({ successes: 0, retries: 100, remaining: 0 });
    },
  );
});

const steps = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constantFrom('success' as const, 'retry' as const),
      origin: fc.constantFrom(a, b),
      count: fc.integer({ min: 1, max: 40 }),
    }),
    // As a share of the window, and back as well, as no clock is to be trusted.
    fc.record({
      type: fc.constant('time' as const),
      share: fc.oneof(fc.double({ min: -0.2, max: 0.5, noNaN: true }), fc.double({ min: 0.9, max: 1.1, noNaN: true })),
    }),
  ),
  { minLength: 5, maxLength: 60 },
);

/** Remembers everything. */
class Ledger {
  readonly #entries: { readonly isRetry: boolean; readonly origin: string; readonly atMs: number }[] = [];

  note(isRetry: boolean, origin: string, atMs: number): void {
    this.#entries.push({ isRetry, origin, atMs });
  }

  /** Whether the retries of the window that ends now are within what its successes and the floor have room for. */
  holds(origin: string | undefined, nowMs: number, { ratio, minRetriesPerSecond, windowMs }: Rules): boolean {
    const recent = this.#entries.filter(
      (entry) => nowMs - entry.atMs <= windowMs && (origin === undefined || entry.origin === origin),
    );
    const retries = recent.filter(({ isRetry }) => isRetry).length;
    const successes = recent.filter(({ isRetry, atMs }) => !isRetry && nowMs - atMs < windowMs).length;
    return retries <= ratio * successes + (minRetriesPerSecond * windowMs) / 1000;
  }
}

type Rules = Required<RetryBudgetOptions>;

describe('the law of a retry budget', () => {
  it('holds at every retry that it grants, against one who remembers everything', () => {
    const options = fc.record({
      ratio: fc.constantFrom(0, 0.2, 0.5, 1),
      minRetriesPerSecond: fc.constantFrom(0, 0.5, 3),
      windowMs: fc.integer({ min: 1, max: 20_000 }),
    });
    fc.assert(
      fc.property(options, steps, (rules, sequence) => {
        const budget = retryBudget(rules);
        const ledger = new Ledger();
        let clockMs = 0;
        let nowMs = 0;
        for (const step of sequence) {
          if (step.type === 'time') {
            clockMs += Math.round(step.share * rules.windowMs);
            continue;
          }
          // The latest time that the budget was told of.
          nowMs = Math.max(nowMs, clockMs);
          for (let count = 0; count < step.count; count++) {
            if (step.type === 'success') {
              budget.noteSuccess(step.origin, clockMs);
              ledger.note(false, step.origin, nowMs);
            } else if (budget.tryRetry(step.origin, clockMs)) {
              ledger.note(true, step.origin, nowMs);
              expect(ledger.holds(undefined, nowMs, rules)).toBe(true);
              expect(ledger.holds(step.origin, nowMs, rules)).toBe(true);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('grants what there surely is room for', () => {
    const count = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 0, max: 100_000 }), (successes, tries, nowMs) => {
        const budget = retryBudget({ ratio: 0.5, minRetriesPerSecond: 1 });
        for (let index = 0; index < successes; index++) budget.noteSuccess(a, nowMs);
        expect(granted(budget, tries, nowMs + 8999)).toBe(Math.min(tries, 10 + Math.floor(successes / 2)));
      }),
    );
  });
});
