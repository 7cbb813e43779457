import { describe, expect, it } from 'vitest';
import { privatePem, publicJwk, sharedSecret } from '../../test/signed-request.ts';
import { checkDigest } from './content-digest.ts';
import { combined } from './fields.ts';
import { componentValue, signatureBase, targetOf, type Message } from './message.ts';
import { signingKey } from './signing-key.ts';
import { writeBytes, type InnerList } from './structured-fields.ts';
import { parseDictionary } from './structured-parser.ts';
import { verificationKey } from './verification-key.ts';

const sha512 = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:';

/** RFC 9421, appendix B.2: the request that most examples sign. */
const testRequest = message('POST', 'http://example.com/foo?param=Value&Pet=dog', [
  ['Host', 'example.com'],
  ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
  ['Content-Type', 'application/json'],
  ['Content-Digest', sha512],
  ['Content-Length', '18'],
]);

/** RFC 9421, appendix B.4: a request that is changed on its way. */
const transformed = (accept: readonly string[]): Message =>
  message('GET', 'http://example.org/demo?name1=Value1&Name2=value2', [
    ['Host', 'example.org'],
    ...accept.map((line) => ['Accept', line] as const),
  ]);

function message(method: string, url: string, lines: readonly (readonly [string, string])[]): Message {
  const fields = combined(lines);
  return {
    method,
    target: targetOf(url) as NonNullable<ReturnType<typeof targetOf>>,
    field: (name) => fields.get(name),
  };
}

function baseOf(request: Message, input: string): string {
  const covered = [...(parseDictionary(input)?.values() ?? [])][0] as InnerList;
  return signatureBase(
    covered.items.map((name) => componentValue(request, name) as string),
    covered,
  );
}

const secret = sharedSecret;
const hmac = [
  signingKey({ keyId: 'test-shared-secret', alg: 'hmac-sha256', secret }),
  verificationKey({ alg: 'hmac-sha256', secret }),
] as const;
const ed25519 = [
  signingKey({ keyId: 'test-key-ed25519', alg: 'ed25519', privateKey: privatePem }),
  verificationKey({ alg: 'ed25519', publicKey: publicJwk }),
] as const;

describe('the examples of RFC 9421, appendix B, come out as they are printed', () => {
  it.each([
    {
      name: 'B.2.5, hmac-sha256',
      request: testRequest,
      input: 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
      base: [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@authority": example.com',
        '"content-type": application/json',
        '"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
      ],
      signature: ':pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
      keys: hmac,
    },
    {
      name: 'B.2.6, ed25519',
      request: testRequest,
      input:
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      base: [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      ],
      signature: ':wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
      keys: ed25519,
    },
    {
      name: 'B.4, a list that came on two lines',
      request: transformed(['application/json', '*/*']),
      input: 'transform=("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"',
      base: [
        '"@method": GET',
        '"@path": /demo',
        '"@authority": example.org',
        '"accept": application/json, */*',
        '"@signature-params": ("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"',
      ],
      signature: ':ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==:',
      keys: ed25519,
    },
  ])('$name', ({ request, input, base, signature, keys: [signer, checker] }) => {
    const text = baseOf(request, input);
    expect(text).toBe(base.join('\n'));
    // Both algorithms are deterministic, so a signature of our own is the printed one.
    expect(writeBytes(signer.sign(text))).toBe(signature);
    const bytes = parseDictionary(`sig=${signature}`)?.get('sig') as Uint8Array;
    expect(checker.isValid(text, bytes)).toBe(true);
    expect(checker.isValid(`${text} `, bytes)).toBe(false);
    expect(checker.isValid(text, bytes.subarray(1))).toBe(false);
  });

  it('B.4: neither another order of lines nor another method has the same base', () => {
    const input = 'transform=("@method" "accept");created=1618884473;keyid="test-key-ed25519"';
    const base = baseOf(transformed(['application/json, */*']), input);
    expect(baseOf(transformed(['*/*', 'application/json']), input)).not.toBe(base);
    expect(baseOf({ ...transformed(['application/json, */*']), method: 'POST' }, input)).not.toBe(base);
  });

  it('the digest of the body of the test request', () => {
    expect(checkDigest(sha512, Buffer.from('{"hello": "world"}'))).toBe('match');
    expect(checkDigest(sha512, Buffer.from('{"hello": "World"}'))).toBe('mismatch');
  });
});

describe('RFC 9421, section 2.1 and 2.2', () => {
  it('fields are trimmed, unfolded and joined', () => {
    const fields = combined([
      ['X-OWS-Header', '   Leading and trailing whitespace.   '],
      ['X-Obs-Fold-Header', 'Obsolete\r\n    line folding.'],
      ['Cache-Control', 'max-age=60'],
      ['Cache-Control', '    must-revalidate'],
      ['Example-Dict', '  a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
      ['Empty-Header', ''],
    ]);
    expect(Object.fromEntries(fields)).toEqual({
      'x-ows-header': 'Leading and trailing whitespace.',
      'x-obs-fold-header': 'Obsolete line folding.',
      'cache-control': 'max-age=60, must-revalidate',
      'example-dict': 'a=1,    b=2;x=1;y=2,   c=(a   b   c)',
      'empty-header': '',
    });
  });

  it.each([
    ['@method', 'POST'],
    ['@target-uri', 'https://www.example.com/path?param=value'],
    ['@authority', 'www.example.com'],
    ['@scheme', 'https'],
    ['@path', '/path'],
    ['@query', '?param=value'],
  ])('%s is %s', (name, value) => {
    const request = message('POST', 'https://www.example.com/path?param=value', []);
    expect(componentValue(request, name)).toBe(value);
  });

  it('no query is a question mark, and a break that folds nothing has no value', () => {
    const request = message('GET', 'https://www.example.com/path', [['a', 'x\n"@method": POST']]);
    expect(componentValue(request, '@query')).toBe('?');
    expect(componentValue(request, 'a')).toBeUndefined();
  });
});
