import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gate, leave, verdict } from '../../test/signed-request.ts';
import { combined } from './fields.ts';
import { writeBytes, writeInnerList, type InnerList, type ParameterValue } from './structured-fields.ts';
import { parseDictionary } from './structured-parser.ts';

const name = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,12}$/);
const text = fc.stringMatching(/^[\x20-\x7e]{0,24}$/);
const integer = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }).map((value) => value || 0);
const list: fc.Arbitrary<InnerList> = fc.record({
  items: fc.array(text, { maxLength: 6 }),
  parameters: fc
    .uniqueArray(fc.tuple(name, fc.oneof(text, integer)), { selector: ([key]) => key, maxLength: 6 })
    .map((entries) => new Map<string, ParameterValue>(entries)),
});

const plain = (value: unknown): unknown => (value instanceof Uint8Array ? [...value] : value);

describe('a dictionary', () => {
  it('law: what is written is read as it was', () => {
    const entries = fc.uniqueArray(fc.tuple(name, fc.oneof(list, fc.uint8Array({ maxLength: 70 }))), {
      selector: ([key]) => key,
      minLength: 1,
      maxLength: 4,
    });
    const law = fc.property(entries, (members) => {
      const written = members.map(
        ([key, value]) => `${key}=${value instanceof Uint8Array ? writeBytes(value) : writeInnerList(value)}`,
      );
      const read = [...(parseDictionary(written.join(', ')) ?? [])];
      expect(read.map(([key, value]) => [key, plain(value)])).toEqual(
        members.map(([key, value]) => [key, plain(value)]),
      );
    });
    fc.assert(law, { numRuns: 300 });
  });

  it('law: there is one way to write it: what is read is written again to the letter', () => {
    const part = fc.constantFrom(
      ...[
        'sig1',
        'a',
        '=',
        '(',
        ')',
        ' ',
        '"a"',
        '"',
        ';',
        ':',
        ':YQ==:',
        ':YR==:',
        '0',
        '-0',
        '01',
        '1',
        ', ',
        ',',
        '\\',
      ],
    );
    const law = fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
      const given = parts.join('');
      const read = parseDictionary(given);
      if (read === undefined) return;
      const again = [...read].map(
        ([key, value]) => `${key}=${value instanceof Uint8Array ? writeBytes(value) : writeInnerList(value)}`,
      );
      expect(again.join(', ')).toBe(given);
    });
    fc.assert(law, { numRuns: 3000 });
  });

  it.each([
    '',
    'sig1',
    'sig1=',
    'Sig1=()',
    'sig1=();created=1;created=2',
    'sig1=(),sig2=()',
    'sig1=(), sig1=()',
    'sig1=() ',
    'sig1=( "a")',
    'sig1=("a"  "b")',
    'sig1=("a";sf)',
    'sig1=("a";req)',
    'sig1=(a)',
    'sig1=("a)',
    'sig1=("\\a")',
    'sig1=("ä")',
    'sig1=();created',
    'sig1=();created=1.0',
    'sig1=();created=1234567890123456',
    'sig1=();created=?1',
    'sig1=();created=-0',
    'sig1=();created=007',
    'sig1=:YQ:',
    'sig1=:YR==:',
    'sig1=:Y Q==:',
    'sig1=:YQ==',
    'sig1=("a")\n',
  ])('is not %j', (given) => {
    expect(parseDictionary(given)).toBeUndefined();
  });

  it('law: whatever stands in the fields of a signature, the answer is a SignatureError', async () => {
    const left = await leave();
    const garbage = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.mixedCase(fc.constant(left.headers['signature-input'] as string)),
      fc.tuple(fc.nat(150), fc.string({ maxLength: 3 })).map(([at, inserted]) => {
        const input = left.headers['signature-input'] as string;
        return input.slice(0, at) + inserted + input.slice(at + 1);
      }),
    );
    const field = fc.constantFrom('signature-input', 'signature', 'content-digest', 'content-type', '__proto__');
    const law = fc.asyncProperty(field, garbage, async (key, value) => {
      const headers = Object.entries(left.headers).map(([one, before]) => [one, one === key ? value : before] as const);
      if (value === left.headers[key]) return;
      const expected = key === '__proto__' ? 'accepted' : expect.not.stringMatching(/^accepted$/);
      expect(await verdict(gate(), { ...left, headers })).toEqual(expected);
    });
    await fc.assert(law, { numRuns: 600 });
  });

  it('law: whatever stands in method and URL, the answer is a SignatureError', async () => {
    const left = await leave();
    const part = fc.string({ unit: 'binary', maxLength: 60 });
    const law = fc.asyncProperty(part, part, async (method, url) => {
      for (const changed of [{ method }, { url }, { url: `${left.url}${url}x` }, { method, url }])
        expect(await verdict(gate(), { ...left, ...changed })).not.toBe('accepted');
    });
    await fc.assert(law, { numRuns: 300 });
  });
});

describe('reading is linear', () => {
  it.each([
    ['blanks within a value', () => combined([['a', `x${' '.repeat(400_000)}y`]])],
    ['folds', () => combined([['a', `x${'\r\n '.repeat(100_000)}y`]])],
    ['an open string', () => parseDictionary(`a=("${'\\"'.repeat(100_000)}`)],
    ['many items', () => parseDictionary(`a=(${'"a" '.repeat(50_000)}`)],
    ['an open byte sequence', () => parseDictionary(`a=:${'='.repeat(200_000)}`)],
  ])('%s', (_name, read) => {
    const startMs = performance.now();
    read();
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});
