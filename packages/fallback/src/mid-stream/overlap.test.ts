import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Overlap } from './overlap.ts';

/** What is new in a continuation that comes in `pieces`. */
function fresh(said: string, ...pieces: readonly string[]): string {
  const overlap = new Overlap(said);
  return pieces.map((piece) => overlap.push(piece)).join('') + overlap.end();
}

/** Cuts a text before each of some places. */
const cutAt = (text: string, places: readonly number[]): string[] =>
  [0, ...places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b), text.length].flatMap(
    (at, index, all) => (index === 0 ? [] : [text.slice(all[index - 1], at)]),
  );

const places = fc.array(fc.nat(), { maxLength: 8 });
/** Words that are all different and repeat nothing of themselves, so that there is one way to put a text together. */
const distinctText = fc
  .array(fc.stringMatching(/^[a-päß]{0,8}$/u), { minLength: 3, maxLength: 30 })
  .map((words) => words.map((word, index) => `q${word}${index}z`).join(' '));

describe('what a continuation says again', () => {
  it.each<[string, string, string[], string]>([
    ['nothing', 'The quick brown', [' fox'], ' fox'],
    ['a word', 'The quick brown', ['brown fox'], ' fox'],
    ['a word with its space', 'The quick brown', [' brown', ' fox'], ' fox'],
    ['half a word', 'The quick bro', ['brown fox'], 'wn fox'],
    ['all of it', 'The quick brown', ['The quick', ' brown fox'], ' fox'],
    ['the longer of two', 'on and on and', ['on and on', ' and off'], ' off'],
    ['a long piece from inside a word', 'unbelievable', ['believable story'], ' story'],
    ['words without spaces', '今日は良い天気', ['天気ですね'], 'ですね'],
    ['nothing but it', 'The quick brown', ['quick brown'], ''],
    ['its beginning, and then something else', 'The quick brown', ['The', ' quick red'], 'The quick red'],
  ])('%s', (_what, said, pieces, rest) => {
    expect(fresh(said, ...pieces)).toBe(rest);
  });

  it.each([
    ['a digit', 'It costs 100', '0 dollars'],
    ['a letter', 'bo', 'ok'],
    ['a line break', 'One.\n', '\nTwo.'],
    ['indentation', 'if x:\n    ', '    return'],
  ])('is not %s that agrees by chance', (_what, said, more) => {
    expect(fresh(said, more)).toBe(more);
  });

  it('is withheld no longer than it may be such', () => {
    const overlap = new Overlap('The quick brown');
    expect([overlap.push('qui'), overlap.push('ck br'), overlap.push('own f'), overlap.push('ox')]).toEqual([
      '',
      '',
      ' f',
      'ox',
    ]);
    expect(new Overlap('The quick brown').push('fox')).toBe('fox');
  });

  it('put together with what was said it is the text, wherever that was cut and whatever words are said again', () => {
    fc.assert(
      fc.property(distinctText, fc.nat(), fc.nat(), places, (text, cut, words, cuts) => {
        const at = cut % (text.length + 1);
        const said = text.slice(0, at);
        const starts = [...said.matchAll(/(?:^|(?<= ))\S/g)].map(({ index }) => index);
        const from = [at, ...starts][words % (starts.length + 1)] ?? at;
        expect(said + fresh(said, ...cutAt(text.slice(from), cuts))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('loses no more than was said already, whatever is said: what goes missing is the end of it', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', '\n', '天'), maxLength: 24 });
    fc.assert(
      fc.property(few, few, places, (said, more, cuts) => {
        const rest = fresh(said, ...cutAt(more, cuts));
        expect(more.endsWith(rest)).toBe(true);
        expect(said.endsWith(more.slice(0, more.length - rest.length))).toBe(true);
        // Pieces change nothing.
        expect(rest).toBe(fresh(said, more));
      }),
      { numRuns: 1000 },
    );
  });
});
