import { fault, faultTable, Outcome, type FaultKind } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { verdictOf } from './verdict.ts';

describe('the verdict on an outcome', () => {
  it('is a failure for exactly those faults that the table says trip', () => {
    const kinds = Object.keys(faultTable) as FaultKind[];
    const failures = kinds.filter((kind) => {
      const outcome = new Outcome({ ending: 'failed', fault: fault(kind), durationMs: 1 });
      return verdictOf(outcome) === 'fail';
    });
    expect(failures).toEqual(kinds.filter((kind) => faultTable[kind].trips));
    expect(failures).toContain('stream_interrupted');
  });

  it.each([
    ['complete', 'ok'],
    ['cancelled', 'ignored'],
    ['abandoned', 'ignored'],
    ['failed', 'ignored'],
  ] as const)('of a body that was %s, with no fault, is %s', (ending, verdict) => {
    expect(verdictOf(new Outcome({ ending, durationMs: 1 }))).toBe(verdict);
  });
});
