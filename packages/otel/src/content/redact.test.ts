import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redacted } from './redact.ts';

/** Every secret is made here, of pieces that are found again if any is told. */
const secrets: Record<string, string> = {
  'a key of a project': `sk-proj-${'Q7x9'.repeat(41)}`,
  'a very long key': `sk-${'Q7x9'.repeat(400)}`,
  'an admin key': `sk-admin-${'Q7x9_'.repeat(20)}`,
  'a masked key': `sk-Q7x9Q7x9${'*'.repeat(20)}Q7x9`,
  'a bearer token': `Bearer ${'Q7x9.'.repeat(9)}`,
  'a very long bearer token': `bearer  ${'Q7x9+/'.repeat(1500)}==`,
  'a header': 'Authorization: Basic Q7x9Q7x9Q7x9==',
  'a JWT': `eyJ${'Q7x9'.repeat(8)}.eyJ${'Q7x9'.repeat(20)}.${'Q7x9_-'.repeat(9)}`,
  'a JWE': `eyJ${'Q7x9'.repeat(8)}..${'Q7x9'.repeat(4)}.${'Q7x9'.repeat(40)}.${'Q7x9'.repeat(5)}`.replace(
    '..',
    '.Q7x9Q7x9.',
  ),
  'a token of GitHub': `ghp_${'Q7x9'.repeat(9)}`,
  'a fine-grained token of GitHub': `github_pat_${'Q7x9'.repeat(20)}`,
  'a key of AWS': 'AKIAQ7X9Q7X9Q7X9Q7X9',
  'a secret of AWS': `aws_secret_access_key = ${'Q7x9/'.repeat(8)}`,
  'a key of Azure': `api-key: ${'Q7x9'.repeat(8)}`,
  'a private key': `-----BEGIN RSA PRIVATE KEY-----\n${'Q7x9Q7x9\n'.repeat(2000)}-----END RSA PRIVATE KEY-----`,
  'a private key that was cut': `-----BEGIN PRIVATE KEY-----\n${'Q7x9'.repeat(40)}`,
};

const isTold = (text: string): boolean => /q7x9/i.test(text);

/** As it stands in texts, and as an object that holds it is told as a text within a text. */
const nested = (text: string): string => JSON.stringify({ of: JSON.stringify({ said: `line\n${text}` }) });

describe('keys and tokens', () => {
  it.each(Object.entries(secrets))('%s is taken out whole', (_name, secret) => {
    expect(isTold(redacted(secret))).toBe(false);
    expect(isTold(redacted(`x = "${secret}"\n`))).toBe(false);
    expect(isTold(redacted(nested(secret)))).toBe(false);
  });

  it('law: whatever the words around, none is told', () => {
    const around = fc.string({ maxLength: 40 }).filter((text) => !isTold(text));
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(secrets)), around, around, (secret, before, after) => {
        expect(isTold(redacted(`${before} ${secret} ${after}`))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    'the risk-management-framework',
    'key-performance-indicators',
    'task-0001-abcdefghijklmnop',
    'api_key=os.environ[0]',
    'eyJ is how they begin.',
    'v1.2.3-rc.4',
  ])('a text stays as it is: %s', (text) => {
    expect(redacted(text)).toBe(text);
  });
});

describe('card numbers', () => {
  it.each([
    ['4111 1111 1111 1111 12/27', '[card] 12/27'],
    ['on 2026 4111 1111 1111 1111', 'on 2026 [card]'],
    ['4111-1111-1111-1111, 378282246310005', '[card], [card]'],
    ['3782 822463 10005', '[card]'],
    ['6011000990139424 5555 5555 5555 4444', '[card] [card]'],
    ['4111 1111 1111 1112', '4111 1111 1111 1112'],
    ['at 1700000000000 ms', 'at 1700000000000 ms'],
    ['0000 0000 0000 0000', '0000 0000 0000 0000'],
  ])('%s', (text, clean) => {
    expect(redacted(text)).toBe(clean);
  });
});

describe('IBANs', () => {
  it.each([
    ['BE68 5390 0754 7034 from Ada', '[IBAN] from Ada'],
    ['GB82WEST12345698765432', '[IBAN]'],
    ['to de89 3704 0044 0532 0130 00, please', 'to [IBAN], please'],
    ['FR14 2004 1010 0505 0001 3M02 606', '[IBAN]'],
    ['NO93-8601-1117-947', '[IBAN]'],
    ['BE68 5390 0754 7035', 'BE68 5390 0754 7035'],
    ['IT12 is what they call it', 'IT12 is what they call it'],
  ])('%s', (text, clean) => {
    expect(redacted(text)).toBe(clean);
  });
});

describe('e-mail addresses', () => {
  it.each([
    ['<ada.lovelace+x@mail.example.co.uk>', '<[e-mail]>'],
    ['jürgen@müller.example', '[e-mail]'],
    ['a@b', 'a@b'],
  ])('%s', (text, clean) => {
    expect(redacted(text)).toBe(clean);
  });
});

describe('the time that it takes', () => {
  const pieces = [
    'eyJ',
    'eyJ-',
    'eyJaaaaaaaa.',
    'a@',
    'a.',
    '4 ',
    '1',
    '1-',
    'DE89',
    'DE89 ',
    'sk-',
    'Bearer ',
    'api_key=',
    '-----BEGIN PRIVATE KEY-----',
    '.a',
    '\\n',
    `${'a'.repeat(64)}@${'b'.repeat(63)}`,
    'secret_access_key="',
  ];

  it('law: grows with the length of the text alone', () => {
    const timeOf = (text: string): number => {
      const begin = performance.now();
      redacted(text);
      return performance.now() - begin;
    };
    const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 3 }), (some) => {
        const unit = some.join('');
        // Quadratic, this would take minutes.
        expect(timeOf(unit.repeat(Math.ceil(200_000 / unit.length)))).toBeLessThan(2000);
      }),
      { numRuns: 25 },
    );
    for (const unit of pieces) expect(timeOf(unit.repeat(Math.ceil(200_000 / unit.length)))).toBeLessThan(2000);
  });
});
