import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edKey, gate, hmacKey, leave, origin, verdict, type Left } from '../../test/signed-request.ts';

const path = fc.array(fc.oneof(fc.webSegment(), fc.constantFrom('..', '.', '', '%2e%2e', 'ä ö', "a'b", 'v1;x=1')), {
  maxLength: 5,
});
const query = fc.oneof(
  fc.constantFrom('', '?', '?a=b&a=c', '?x=%20+%2B', '?q="a"|{b}', '?ä=ö', "?'", '?a=b?c=d', '?&&=', '?\\'),
  fc.webQueryParameters().map((text) => `?${text}`),
);
const body = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }),
  fc.json({ maxDepth: 2 }),
);
const request = fc.record({
  method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'post'),
  url: fc.tuple(path, query).map(([segments, rest]) => `${origin}/${segments.join('/')}${rest}`),
  body,
  type: fc.constantFrom('application/json', 'text/plain; charset="utf-8"', ' application/x-ndjson '),
  typeName: fc.mixedCase(fc.constant('content-type')),
  key: fc.constantFrom(hmacKey, edKey),
  digest: fc.constantFrom('sha-256', 'sha-512'),
});

const signed = ({ method, url, body: given, type, typeName, key, digest }: Given): Promise<Left> =>
  leave({ key, digest }, { method, url, body: given, headers: { [typeName]: type, 'X-Other': 'a' } });

type Given = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** One change to anything that is signed, or to the signature itself. */
const change = fc.oneof(
  fc.constantFrom<(left: Left) => Left>(
    (left) => ({ ...left, method: left.method === 'PUT' ? 'POST' : 'PUT' }),
    (left) => ({ ...left, method: left.method.toLowerCase() }),
    (left) => ({ ...left, url: `${left.url}x` }),
    (left) => ({ ...left, url: left.url.replace(`${origin}/`, `${origin}//`) }),
    (left) => ({ ...left, url: `${left.url}${left.url.includes('?') ? '&' : '?'}` }),
    (left) => ({ ...left, body: Buffer.concat([left.body, Buffer.from(' ')]) }),
  ),
  fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }).map(({ at, by }) => (left: Left): Left => {
    const bytes = Uint8Array.from(left.body.length === 0 ? [0] : left.body);
    const index = at % bytes.length;
    bytes[index] = (bytes[index] ?? 0) ^ by;
    return { ...left, body: bytes };
  }),
  fc
    .record({
      name: fc.constantFrom('content-type', 'content-digest', 'signature', 'signature-input'),
      at: fc.nat(),
      character: fc.stringMatching(/^[\x20-\x7e]?$/),
      isInserted: fc.boolean(),
    })
    .map(({ name, at, character, isInserted }) => (left: Left): Left => {
      const value = left.headers[name] ?? '';
      const index = at % value.length;
      const rest = value.slice(isInserted ? index : index + 1);
      return { ...left, headers: { ...left.headers, [name]: value.slice(0, index) + character + rest } };
    }),
);

/** Blanks at the ends of a field are no part of it (RFC 9110, section 5.5). */
const trimmed = (left: Left): Left => ({
  ...left,
  headers: Object.fromEntries(Object.entries(left.headers).map(([name, value]) => [name, value.trim()])),
});

describe('law', () => {
  it('what is signed is accepted, whatever it is', async () => {
    const law = fc.asyncProperty(request, fc.func(fc.boolean()), async (given, isUpper) => {
      const left = await signed(given);
      const headers = Object.entries(left.headers).map(
        ([name, value]) => [isUpper(name) ? name.toUpperCase() : name, ` ${value}\t`] as const,
      );
      expect(await verdict(gate(), { ...left, headers })).toBe('accepted');
    });
    await fc.assert(law, { numRuns: 300 });
  });

  it('one change of anything that is signed, and it is refused', async () => {
    const law = fc.asyncProperty(request, fc.array(change, { minLength: 1, maxLength: 8 }), async (given, changes) => {
      const left = await signed(given);
      for (const changed of changes.map((make) => make(left))) {
        if (JSON.stringify(trimmed(changed)) === JSON.stringify(trimmed(left))) continue;
        expect(await verdict(gate(), changed)).not.toBe('accepted');
      }
      expect(await verdict(gate(), left)).toBe('accepted');
    });
    await fc.assert(law, { numRuns: 300 });
  });

  it('what is not signed may change on the way', async () => {
    const left = await leave({}, { headers: { 'content-type': 'application/json', traceparent: '00-a' } });
    const headers = { ...left.headers, traceparent: '00-b', via: '1.1 proxy', 'x-forwarded-for': '10.0.0.1' };
    expect(await verdict(gate(), { ...left, headers })).toBe('accepted');
  });
});
