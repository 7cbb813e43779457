import { describe, expect, it } from 'vitest';
import { edKey, gate, hmacKey, leave, verdict, type Left } from '../../test/signed-request.ts';
import type { SignOptions, VerifierOptions } from '../index.ts';
import { signatureBase, targetOf, componentValue } from './message.ts';
import { signingKey } from './signing-key.ts';
import { writeBytes, writeInnerList, type ParameterValue } from './structured-fields.ts';

const startS = Date.UTC(2026, 0, 1) / 1000;

/** Signs what `sign()` never would, with a good key. */
function forge(
  left: Left,
  changes: Readonly<Record<string, ParameterValue | undefined>> = {},
  items = ['@method', '@target-uri', 'content-digest', 'content-type'],
): Left {
  const all: Readonly<Record<string, ParameterValue | undefined>> = {
    created: startS,
    expires: startS + 60,
    nonce: 'a-nonce-of-its-own-00',
    keyid: 'shared-1',
    alg: 'hmac-sha256',
    tag: 'holdfast',
    ...changes,
  };
  const given = Object.entries(all).filter((entry): entry is [string, ParameterValue] => entry[1] !== undefined);
  const covered = { items, parameters: new Map(given) };
  const target = targetOf(left.url) as NonNullable<ReturnType<typeof targetOf>>;
  const message = { method: left.method, target, field: (name: string) => left.headers[name] };
  const base = signatureBase(
    items.map((name) => componentValue(message, name) ?? ''),
    covered,
  );
  const signature = `sig1=${writeBytes(signingKey(hmacKey).sign(base))}`;
  return { ...left, headers: { ...left.headers, signature, 'signature-input': `sig1=${writeInnerList(covered)}` } };
}

const left = await leave();
const bodyless = await leave({}, { method: 'GET', body: undefined, headers: {} });
const without = (name: string): Left => ({
  ...left,
  headers: Object.fromEntries(Object.entries(left.headers).filter(([key]) => key !== name)),
});
const withHeader = (name: string, value: string): Left => ({ ...left, headers: { ...left.headers, [name]: value } });
const { 'signature-input': input = '', signature = '', 'content-digest': digest = '' } = left.headers;

it('what was signed is accepted, by either algorithm, with its bytes', async () => {
  for (const key of [hmacKey, edKey]) {
    const request = await leave({ key });
    expect(await gate().verify(request)).toEqual({
      keyId: key.keyId,
      tag: 'holdfast',
      createdAtMs: Date.UTC(2026, 0, 1),
      body: new Uint8Array(Buffer.from('{"model":"gpt-5"}')),
    });
  }
  expect(await verdict(gate(), forge(left))).toBe('accepted');
  const empty = await leave({}, { method: 'GET', body: undefined });
  expect(Object.keys(empty.headers)).not.toContain('content-digest');
  expect((await gate().verify(empty)).body).toHaveLength(0);
});

describe('a request is refused', () => {
  it.each<[string, string, Left]>([
    ['without a signature', 'signature_missing', without('signature')],
    ['without its input', 'signature_missing', without('signature-input')],
    ['with its digest stripped', 'component_missing', without('content-digest')],
    ['with its type stripped', 'component_missing', without('content-type')],
    ['with another type', 'signature_invalid', withHeader('content-type', 'text/plain')],
    ['with another body', 'digest_mismatch', { ...left, body: Buffer.from('{"model":"gpt-6"}') }],
    ['with an empty body', 'digest_mismatch', { ...left, body: new Uint8Array() }],
    ['with another digest', 'signature_invalid', withHeader('content-digest', digest.replace('sha-256', 'sha-512'))],
    ['by another method', 'signature_invalid', { ...left, method: 'PUT' }],
    ['by the same method in small letters', 'signature_invalid', { ...left, method: 'post' }],
    ['to another path', 'signature_invalid', { ...left, url: `${left.url}s` }],
    [
      'to a path that a parser takes for the same',
      'signature_invalid',
      { ...left, url: left.url.replace('/v1', '/x/../v1') },
    ],
    ['with an empty query', 'signature_invalid', { ...left, url: `${left.url}?` }],
    ['to another origin', 'origin_unknown', { ...left, url: left.url.replace('gateway', 'elsewhere') }],
    ['over plain http', 'origin_unknown', { ...left, url: left.url.replace('https', 'http') }],
    ['with a user in its URL', 'malformed', { ...left, url: left.url.replace('//', '//a@') }],
    ['with a blank in its URL', 'malformed', { ...left, url: `${left.url} b` }],
    ['with a fragment', 'malformed', { ...left, url: `${left.url}#a` }],
    ['with a shorter list', 'signature_invalid', withHeader('signature-input', input.replace(' "content-type"', ''))],
    [
      'with a list without the body',
      'signature_invalid',
      withHeader('signature-input', input.replace(' "content-digest" "content-type"', '')),
    ],
    [
      'with a list without the URL',
      'coverage_missing',
      withHeader('signature-input', input.replace(' "@target-uri"', '')),
    ],
    [
      'with a component twice',
      'malformed',
      withHeader('signature-input', input.replace('("@method"', '("@method" "@method"')),
    ],
    [
      'with two signatures',
      'signature_ambiguous',
      withHeader('signature-input', `${input}, ${input.replace('sig1', 'sig2')}`),
    ],
    [
      'with two values of a signature',
      'signature_ambiguous',
      withHeader('signature', `${signature}, ${signature.replace('sig1', 'sig2')}`),
    ],
    ['with the same signature twice', 'malformed', withHeader('signature', `${signature}, ${signature}`)],
    ['with an input of another label', 'label_mismatch', withHeader('signature-input', input.replace('sig1', 'sig2'))],
    ['with a signature of another label', 'label_mismatch', withHeader('signature', signature.replace('sig1', 'sig2'))],
    [
      'with another end',
      'signature_invalid',
      withHeader('signature-input', input.replace(`${startS + 60}`, `${startS + 59}`)),
    ],
    ['with another key', 'algorithm_mismatch', withHeader('signature-input', input.replace('shared-1', 'service-1'))],
    ['with bytes for a list', 'malformed', withHeader('signature-input', 'sig1=:YQ==:')],
    ['with a list for bytes', 'malformed', withHeader('signature', 'sig1=("a")')],
    ['with a very long signature', 'too_large', withHeader('signature', `sig1=:${'A'.repeat(2000)}:`)],
    ['with a very long input', 'too_large', withHeader('signature-input', `sig1=(${'"a" '.repeat(2000)}`)],
    ['with a very long type', 'too_large', withHeader('content-type', 'a'.repeat(10_000))],
    ['with a very long URL', 'too_large', { ...left, url: `${left.url}?${'a'.repeat(20_000)}` }],
    ['with a signature of nothing', 'signature_invalid', withHeader('signature', 'sig1=::')],
    ['with a body that was added', 'coverage_missing', { ...bodyless, body: Buffer.from('{}') }],
    ['with an encoding that nobody signed', 'coverage_missing', withHeader('content-encoding', 'gzip')],
  ])('%s: %s', async (_name, code, request) => {
    expect(await verdict(gate(), request)).toBe(code);
  });

  it.each<[string, string, Readonly<Record<string, ParameterValue | undefined>>]>([
    ['without its time', 'parameter_missing', { created: undefined }],
    ['without its end', 'parameter_missing', { expires: undefined }],
    ['without a nonce', 'parameter_missing', { nonce: undefined }],
    ['without the name of its key', 'parameter_missing', { keyid: undefined }],
    ['without its algorithm', 'parameter_missing', { alg: undefined }],
    ['without its tag', 'parameter_missing', { tag: undefined }],
    ['with a parameter too many', 'parameter_unknown', { scope: 'all' }],
    ['with a time that is a text', 'malformed', { created: String(startS) }],
    ['with a nonce that is a number', 'malformed', { nonce: 1 }],
    ['with a nonce that is short', 'malformed', { nonce: 'a'.repeat(15) }],
    ['with a nonce that is long', 'malformed', { nonce: 'a'.repeat(129) }],
    ['with a key without a name', 'malformed', { keyid: '' }],
    ['with the tag of another', 'tag_mismatch', { tag: 'web-bot-auth' }],
    ['with an algorithm that is none', 'algorithm_unknown', { alg: 'none' }],
    ['with an algorithm that is weak', 'algorithm_unknown', { alg: 'hmac-sha1' }],
    ['with the algorithm of another key', 'algorithm_mismatch', { alg: 'ed25519' }],
    ['by a key that nobody knows', 'key_unknown', { keyid: 'stranger' }],
    ['by a key of the prototype', 'key_unknown', { keyid: 'constructor' }],
    ['by a key that is revoked', 'key_revoked', { keyid: 'revoked-1' }],
    ['from the future', 'created_in_future', { created: startS + 6, expires: startS + 60 }],
    ['from the past', 'too_old', { created: startS - 61, expires: startS + 10 }],
    ['after its end', 'expired', { created: startS - 30, expires: startS }],
    ['that holds too long', 'window_invalid', { expires: startS + 61 }],
    ['that ends before it begins', 'window_invalid', { created: startS + 3, expires: startS + 3 }],
  ])('%s, though the signature is good: %s', async (_name, code, parameters) => {
    expect(await verdict(gate(), forge(left, parameters))).toBe(code);
  });

  it.each<[string, string, readonly string[]]>([
    ['no method', 'coverage_missing', ['@target-uri', 'content-digest', 'content-type']],
    ['parts of the URL in place of it', 'coverage_missing', ['@method', '@authority', '@path', '@query']],
    ['no digest', 'coverage_missing', ['@method', '@target-uri', 'content-type']],
    ['no type', 'coverage_missing', ['@method', '@target-uri', 'content-digest']],
    ['something unknown', 'component_unknown', ['@method', '@target-uri', '@status']],
    ['itself', 'component_unknown', ['@method', '@target-uri', 'signature']],
    ['a name in capitals', 'component_unknown', ['@method', '@target-uri', 'Content-Type']],
    ['too much', 'too_large', Array.from({ length: 17 }, (_, index) => `x-${index}`)],
  ])('whose good signature covers %s: %s', async (_name, code, items) => {
    expect(await verdict(gate(), forge(left, {}, [...items]))).toBe(code);
  });

  it.each([
    ['sha-256=("a")', 'malformed'],
    ['md5=:YQ==:', 'digest_unknown'],
    [`${digest}, sha-512=:YQ==:`, 'digest_mismatch'],
    ['sha-256=:YQ==:', 'digest_mismatch'],
    [`${digest}, ${'a'.repeat(600)}`, 'too_large'],
    ['', 'malformed'],
  ])('whose good signature covers the digest %j', async (field, code) => {
    expect(await verdict(gate(), forge(withHeader('content-digest', field)))).toBe(code);
  });
});

it('more than asked for may be covered', async () => {
  const items = [
    '@method',
    '@target-uri',
    '@authority',
    '@path',
    '@query',
    '@scheme',
    'content-digest',
    'content-type',
  ];
  expect(await verdict(gate(), forge(left, {}, items))).toBe('accepted');
});

describe('the credential', () => {
  const by = (options: Partial<SignOptions>, headers: Record<string, string>): Promise<Left> =>
    leave(options, { headers: { 'content-type': 'application/json', ...headers } });
  const strict: Partial<VerifierOptions> = { fields: ['authorization'] };

  it('is covered where both sides ask for it, and another in its place is refused', async () => {
    const request = await by({ fields: ['authorization', 'openai-project'] }, { authorization: 'Bearer sk-a' });
    expect(request.headers['signature-input']).toContain('"authorization"');
    const swapped = { ...request, headers: { ...request.headers, authorization: 'Bearer sk-b' } };
    expect(await verdict(gate(strict), swapped)).toBe('signature_invalid');
    expect(await verdict(gate(strict), request)).toBe('accepted');
  });

  it('is asked for by a verifier that wants it', async () => {
    expect(await verdict(gate(strict), await by({}, { authorization: 'Bearer sk-a' }))).toBe('coverage_missing');
  });
});
