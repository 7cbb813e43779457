import { describe, expect, it } from 'vitest';
import { hedge, type HedgeOptions } from '../index.ts';

describe('a bad option of hedge', () => {
  it.each<[unknown, string]>([
    [{ percentile: 1 }, 'hedge.percentile: expected a ratio from 0.5 to 0.999, got 1'],
    [{ minimumCalls: 0 }, 'hedge.minimumCalls'],
    [{ minDelayMs: -1 }, 'hedge.minDelayMs'],
    [{ maxDelayMs: 0 }, 'hedge.maxDelayMs'],
    [{ minDelayMs: 200, maxDelayMs: 100 }, 'hedge.maxDelayMs: expected no less than minDelayMs 200, got 100'],
    [{ maxShare: 2 }, 'hedge.maxShare'],
    [{ operations: ['admin'] }, 'hedge.operations: expected a list of chat, responses'],
    [{ when: true }, 'hedge.when'],
    [{ delay: 1 }, 'hedge.delay: expected one of percentile'],
  ])('%j says what is wrong', (options, sentence) => {
    expect(() => hedge(options as HedgeOptions)).toThrow(sentence);
  });
});
