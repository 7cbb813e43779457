import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import { explain, explainJson } from './index.ts';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string({ minLength: 700 }));
/** What was meant to be there, or anything that JSON can hold. */
const or = <T>(meant: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: meant }, { weight: 1, arbitrary: fc.jsonValue({ stringUnit: 'binary' }) });
const ms = or(fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.double()));

const entry = or(
  fc.record(
    {
      type: or(fc.constantFrom('attempt', 'wait', 'refusal', 'decision')),
      ...{ atMs: ms, durationMs: ms, delayMs: ms, number: or(fc.nat()), status: or(fc.nat()), origin: or(text) },
      ...{ model: or(text), credential: or(text), requestId: or(text), layer: or(text), reason: or(text) },
      ...{ code: or(text), action: or(text), fault: or(fc.record({ kind: or(text), code: or(text) })) },
    },
    { requiredKeys: [] },
  ),
);
const entries = or(fc.array(entry, { maxLength: 60 }));
const usage = or(fc.record({ inputTokens: or(fc.nat()), outputTokens: or(fc.nat()) }));
const story = fc.record(
  {
    ...{ callId: or(text), service: or(text), entries, dropped: or(fc.nat()), at: or(text), operation: or(text) },
    ...{
      journey: or(fc.record({ entries, dropped: or(fc.nat()) })),
      ending: or(fc.constantFrom('failed', 'complete')),
    },
    ...{ durationMs: ms, model: or(text), answeredBy: or(text), status: or(fc.nat()), usage, refusal: or(text) },
    ...{ fault: or(fc.record({ kind: or(fc.constantFrom('deadline_exceeded', 'circuit_open', 'x')) })) },
  },
  { requiredKeys: ['callId', 'service', 'entries'] },
);
const options = fc.record({ width: fc.integer({ min: 20, max: 200 }), ascii: fc.boolean() });

describe('whatever a line says', () => {
  it('law: the text is of the width that was asked for, and has nothing that a terminal would obey', () => {
    fc.assert(
      fc.property(story, options, (source, { width, ascii }) => {
        const lines = explain(source, { width, ascii, costOf: () => 1 }).split('\n');
        for (const line of lines) {
          expect(columnsOf(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(ascii ? /[^ -~]/ : /[\p{C}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('law: the facts are JSON, and give the same facts again', () => {
    fc.assert(
      fc.property(story, (source) => {
        const facts = explainJson(source);
        fc.pre(facts !== undefined);
        const { durationMs, waitsMs, attempts } = facts;
        expect(durationMs).toBeGreaterThanOrEqual(0);
        for (const waitMs of Object.values(waitsMs)) expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(explainJson(JSON.parse(JSON.stringify(source)) as object)).toEqual(facts);
        expect(explainJson({ ...facts })?.attempts).toBe(attempts);
      }),
      { numRuns: 100 },
    );
  });
});

describe('columnsOf', () => {
  it.each([
    ['plain', 5],
    ['日本', 4],
    ['e\u0301', 1],
    ['🚀', 2],
    ['', 0],
  ])('%s takes %i', (given, columns) => {
    expect(columnsOf(given)).toBe(columns);
  });
});
