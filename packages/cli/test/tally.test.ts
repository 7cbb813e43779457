import { describe, expect, it } from 'vitest';
import { percentile } from '../src/demo/percentile.ts';
import { costUsd } from '../src/demo/prices.ts';
import { Tally } from '../src/demo/tally.ts';
import { record } from './scenes.ts';

describe('percentile', () => {
  it('is a value that was measured, by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.95)).toBe(95);
    expect(percentile([7], 0.95)).toBe(7);
  });

  it('is unknown without values', () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

describe('Tally', () => {
  it('takes latency, models and cost from answers only', () => {
    const tally = new Tally(60_000);
    tally.add(record({ latencyMs: 100 }));
    tally.add(record({ latencyMs: 200, model: 'gpt-5-mini' }));
    tally.add(record({ latencyMs: 9000, failure: '503' }));
    expect(tally.totals()).toEqual({
      answered: 2,
      failed: 1,
      p50Ms: 100,
      p95Ms: 200,
      failures: [['503', 1]],
      models: [
        ['gpt-5', 1],
        ['gpt-5-mini', 1],
      ],
      costUsd: 1.5,
    });
  });

  it('keeps phases apart and puts the commonest failure first', () => {
    const tally = new Tally(60_000);
    for (const failure of ['401', '503', '503']) tally.add(record({ phase: 1, failure }));
    tally.add(record());
    expect(tally.totals(0)).toMatchObject({ answered: 1, failed: 0 });
    expect(tally.totals(1).failures).toEqual([
      ['503', 2],
      ['401', 1],
    ]);
  });

  it('counts what ends after the day into its last slot', () => {
    const tally = new Tally(60_000);
    tally.add(record({ endedAtMs: 1500 }));
    tally.add(record({ endedAtMs: 99_000, failure: '503' }));
    expect(tally.timeline()[1]).toEqual({ answered: 1, failed: 0 });
    expect(tally.timeline().at(-1)).toEqual({ answered: 0, failed: 1 });
  });
});

describe('costUsd', () => {
  it('knows a model by its snapshot too, and guesses no price', () => {
    const tokens = { inputTokens: 0, outputTokens: 1_000_000 };
    expect(costUsd('gpt-4.1-nano-2025-04-14', tokens)).toBeCloseTo(0.4);
    expect(costUsd('gpt-unheard-of', tokens)).toBe(0);
  });
});
