import { fault, type AttemptEntry, type Call } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { attemptKindOf } from './attempt-kind.ts';

const entry = (fields: Partial<AttemptEntry> = {}): AttemptEntry => ({
  type: 'attempt',
  atMs: 0,
  number: 1,
  origin: 'https://api.openai.com',
  model: 'gpt-5',
  credential: undefined,
  status: undefined,
  requestId: undefined,
  fault: undefined,
  durationMs: 10,
  ...fields,
});
const call = (attempt: number): Call => ({ attempt }) as Call;
const hedged = { attempt: 1, isHedge: true } as Call;
const dead = { fault: fault('invalid_credential') };
const down = { fault: fault('overloaded') };

describe('the kind of an attempt', () => {
  it('is initial for the first', () => {
    expect(attemptKindOf(call(1), entry(), undefined)).toBe('initial');
  });

  it.each([
    ['retry', 'the retry layer counted up', 2, {}, 1, down],
    ['auth_refresh', 'the credential before it was refused', 1, {}, 1, dead],
    ['auth_refresh', 'the credential of a retry was refused', 2, {}, 2, dead],
    ['fallback', 'another model is asked', 1, { model: 'gpt-5-mini' }, 3, down],
    ['fallback', 'another endpoint is asked', 1, { origin: 'https://eu.api.openai.com' }, 1, down],
    ['retry', 'a rung is retried', 2, { model: 'gpt-5-mini' }, 1, { ...down, model: 'gpt-5-mini' }],
    ['hedge', 'the one before it still runs', 1, {}, 1, { durationMs: undefined } as never],
    ['retry', 'a hedge is retried while the other still runs', 2, {}, 1, { durationMs: undefined } as never],
    ['retry', 'nothing else is known', 1, {}, 1, down],
  ])('is %s when %s', (kind, _reason, attempt, current, before, previous) => {
    expect(attemptKindOf(call(attempt), entry(current), { attempt: before, entry: entry(previous) })).toBe(kind);
  });

  it('is hedge for a second request beside one that has its headers already', () => {
    expect(attemptKindOf(hedged, entry(), { attempt: 1, entry: entry({ status: 200 }) })).toBe('hedge');
    const elsewhere = entry({ origin: 'https://eu.api.openai.com' });
    expect(attemptKindOf(hedged, elsewhere, { attempt: 1, entry: entry({ status: 200 }) })).toBe('hedge');
  });

  it('is auth_refresh where the credential of the hedge was refused', () => {
    expect(attemptKindOf(hedged, entry(), { attempt: 1, entry: entry(dead) })).toBe('auth_refresh');
  });
});
