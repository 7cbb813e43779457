import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

const value = 'sk-proj-very-secret';
const secret = Secret.from(value, 'OPENAI_API_KEY');

describe('Secret', () => {
  it.each<[string, () => unknown]>([
    ['toString', () => String(secret)],
    ['a template', () => `${secret as unknown as string}`],
    ['concatenation', () => `key: ${secret.toString()}`],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect(secret, { showHidden: true, depth: 9, showProxy: true })],
    ['inspect, nested', () => inspect({ deep: { secret } }, { showHidden: true })],
    ['format', () => format('%s %o %O %j %d', secret, secret, secret, secret, secret)],
    ['its keys', () => inspect([Reflect.ownKeys(secret), Object.entries(secret), { ...secret }])],
    ['a structured clone', () => inspect(structuredClone(secret))],
    ['an error cause', () => inspect(new Error('x', { cause: secret }))],
    [
      'the console',
      () => {
        let text = '';
        const stdout = new Writable({ write: (chunk, _encoding, done) => ((text += String(chunk)), done()) });
        const out = new Console({ stdout });
        out.log(secret, { secret });
        out.table([{ secret }]);
        out.dir(secret, { showHidden: true });
        return text;
      },
    ],
  ])('does not show in %s', (_name, print) => expect(String(print())).not.toContain('very-secret'));

  it('is handed out to who asks', () => {
    expect(secret.reveal()).toBe(value);
    expect(secret.equals(Secret.from(`${value}\n`, 'file'))).toBe(true);
    expect(secret.equals(Secret.from('sk-other', 'file'))).toBe(false);
  });

  it('loses the one line break that files and shells leave, and no other', () => {
    for (const end of ['\n', '\r\n']) expect(Secret.from(value + end, 'file').reveal()).toBe(value);
    for (const bad of [
      `${value}\n\n`,
      ` ${value}`,
      `${value} `,
      `sk-\n${value}`,
      `${value}\0`,
      `${value}é`,
      '\ufeff' + value,
    ])
      expect(() => Secret.from(bad, 'OPENAI_API_KEY')).toThrow(
        /^OPENAI_API_KEY: the credential \(\d+ characters\) has/,
      );
  });

  it.each<[unknown, RegExp]>([
    ['', /env: the credential is empty/],
    ['\n', /env: the credential is empty/],
    [undefined, /env: expected a credential as a string, got undefined/],
    [null, /got object/],
    [{ key: value }, /got object/],
    [5, /got number/],
  ])('refuses %j', (bad, message) => expect(() => Secret.from(bad as string, 'env')).toThrow(message));

  it('never says what it was given when it refuses it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 6, maxLength: 40 }), (text) => {
        try {
          expect(Secret.from(text, 'env').reveal()).toMatch(/^[\x21-\x7e]+$/);
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
          expect(error.message).not.toContain(text);
        }
      }),
    );
  });
});
