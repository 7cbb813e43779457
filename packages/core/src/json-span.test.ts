import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTopLevel } from './json-span.ts';

const wanted = ['model', 'stream', 'n'];

const read = (text: string, keys = wanted): Record<string, unknown> =>
  Object.fromEntries(
    [...findTopLevel(text, keys)].map(([key, { start, end }]) => [key, JSON.parse(text.slice(start, end))]),
  );

/** JSON objects whose keys, nested or not, and whose texts look like what is searched for. */
const trickyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"model":"x"', '\\', '\\"', '"', '{"model":1}', '\u2028', ']}', 'é😀', '\\u006d'),
);
const trickyKey = fc.oneof(fc.constantFrom('model', 'stream', 'n', 'Model', 'model '), trickyText);
const { value: trickyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 1 }),
    trickyText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(trickyKey, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const trickyObject = fc.dictionary(trickyKey, trickyValue, { maxKeys: 8, noNullPrototype: true });
const indent = fc.constantFrom(undefined, 2, '\t', '\r\n', ' ');

const expected = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(wanted.filter((key) => Object.hasOwn(object, key)).map((key) => [key, object[key]]));

describe('findTopLevel', () => {
  it('agrees with JSON.parse on every object, however it is written', () => {
    fc.assert(
      fc.property(trickyObject, indent, fc.constantFrom('', ' ', '\n\t'), (object, space, before) => {
        const text = before + JSON.stringify(object, null, space);
        expect(read(text)).toEqual(expected(JSON.parse(text) as Record<string, unknown>));
      }),
      { numRuns: 300 },
    );
  });

  it('takes the last of repeated keys, as JSON.parse and servers do', () => {
    const pairs = fc.array(fc.tuple(fc.constantFrom('model', 'stream', 'other', 'n'), trickyValue), { maxLength: 8 });
    fc.assert(
      fc.property(pairs, (entries) => {
        const text = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
        expect(read(text)).toEqual(expected(JSON.parse(text) as Record<string, unknown>));
      }),
    );
    expect(read('{"model":"a","messages":[],"model":"b"}', ['model'])).toEqual({ model: 'b' });
  });

  it('reads through escapes in keys, so that no second model can be smuggled past', () => {
    expect(read(String.raw`{"model":"cheap","\u006dodel":"dear"}`, ['model'])).toEqual({ model: 'dear' });
    expect(read(String.raw`{"\u006d\u006f\u0064\u0065\u006c":"dear"}`, ['model'])).toEqual({ model: 'dear' });
  });

  it('never throws, whatever the text', () => {
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'model', '1', ' ', '\\u') }),
    );
    fc.assert(
      fc.property(garbage, (text) => findTopLevel(text, wanted) instanceof Map),
      { numRuns: 500 },
    );
  });

  it('never throws on a text that was cut, and finds there no more than stood there', () => {
    fc.assert(
      fc.property(trickyObject, fc.nat(), (object, at) => {
        const text = JSON.stringify(object);
        const cut = text.slice(0, at % text.length);
        for (const [key, { start, end }] of findTopLevel(cut, wanted)) {
          expect(wanted).toContain(key);
          expect(end).toBeLessThanOrEqual(cut.length);
          expect(start).toBeLessThan(end);
        }
      }),
    );
  });

  it.each(['', ' ', '[1]', '"model"', 'null', '{', '{"model"', '{"model":', '{"model" "x"}', '\ufeff{"model":"x"}'])(
    'finds nothing in %j',
    (text) => expect(findTopLevel(text, wanted).size).toBe(0),
  );

  it('passes over a megabyte of prompt without looking at each character', () => {
    const text = JSON.stringify({ messages: ['x"\\'.repeat(350_000)], model: 'gpt-5' });
    expect(read(text, ['model'])).toEqual({ model: 'gpt-5' });
  });
});
