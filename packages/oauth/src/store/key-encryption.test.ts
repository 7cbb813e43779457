import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaks, printed } from '../../test/records.ts';
import { encryptionKey, envEncryptionKeys, fileEncryptionKeys } from './key-encryption.ts';

const [bound, other] = [Buffer.from('bound'), Buffer.from('other')];
const wrapped = (key: Uint8Array): string => Buffer.from(key).toString('base64');

describe('a key that encrypts keys', () => {
  it('gives back what it wrapped for the same purpose, and nothing else', async () => {
    const [key, stranger] = [encryptionKey(randomBytes(32)), encryptionKey(randomBytes(32))];
    const dataKey = randomBytes(32);
    const sealed = await key.wrap(dataKey, bound);
    expect(await key.unwrap(sealed, bound)).toEqual(dataKey);
    expect(await key.unwrap(sealed, other)).toBeUndefined();
    expect(await key.unwrap(sealed.subarray(1), bound)).toBeUndefined();
    expect(await key.unwrap(new Uint8Array(), bound)).toBeUndefined();
    expect(await stranger.unwrap(sealed, bound)).toBeUndefined();
    expect(await key.wrap(dataKey, bound)).not.toEqual(sealed);
  });

  it('is the same key from bytes, base64 and a secret, and is named by a hash unless it has a name', () => {
    const bytes = randomBytes(32);
    const ids = [bytes, wrapped(bytes), bytes.toString('base64url'), Secret.from(wrapped(bytes), 'test')].map(
      (given) => encryptionKey(given).id,
    );
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^local-[\da-f]{12}$/);
    expect(encryptionKey(bytes, 'main').id).toBe('main');
    expect(encryptionKey(randomBytes(32)).id).not.toBe(ids[0]);
  });

  it('comes from a variable, the first one to write with', async () => {
    const [now, before] = [randomBytes(32), randomBytes(32)];
    const keys = envEncryptionKeys({ env: { HOLDFAST_TOKEN_KEYS: ` ${wrapped(now)},\n${wrapped(before)} ` } });
    expect(keys.map(({ id }) => id)).toEqual([encryptionKey(now).id, encryptionKey(before).id]);
    expect(envEncryptionKeys({ variable: 'KEK', env: { KEK: wrapped(now) } })).toHaveLength(1);
  });

  it('comes from a file', () => {
    const path = join(tmpdir(), `holdfast-keys-${randomBytes(8).toString('hex')}`);
    writeFileSync(path, `${wrapped(randomBytes(32))}\n${wrapped(randomBytes(32))}\n`, { mode: 0o600 });
    try {
      expect(fileEncryptionKeys(path)).toHaveLength(2);
    } finally {
      rmSync(path);
    }
    expect(() => fileEncryptionKeys('/nowhere/keys')).toThrow(
      'fileEncryptionKeys: expected a file of keys that can be read (ENOENT), got "/nowhere/keys"',
    );
  });

  it.each([
    ['nothing', '', 'KEK: expected 32 random bytes in base64, got undefined'],
    ['a password', 'correct horse battery staple', 'KEK: expected 32 random bytes in base64, got "7 other characters"'],
    ['hex', randomBytes(32).toString('hex'), 'KEK: expected 32 random bytes, got "48 bytes"'],
    ['a short key', wrapped(randomBytes(16)), 'KEK: expected 32 random bytes, got "16 bytes"'],
    ['zeros', wrapped(new Uint8Array(32)), 'KEK: expected 32 random bytes, got "bytes that repeat themselves"'],
    ['a key with a letter too many', `${wrapped(randomBytes(32))}A`, 'got "45 other characters"'],
  ])('is not made of %s', (_name, value, message) => {
    expect(() => envEncryptionKeys({ variable: 'KEK', env: { KEK: value } })).toThrow(message);
  });

  it('law: no error tells a part of what was given for a key, and no key prints itself', () => {
    const given = fc.uint8Array({ minLength: 8, maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    const law = fc.property(given, fc.boolean(), (text, isVariable) => {
      let told: unknown;
      try {
        told = isVariable ? envEncryptionKeys({ env: { HOLDFAST_TOKEN_KEYS: text } }) : encryptionKey(text);
      } catch (error) {
        told = error;
      }
      expect(leaks(printed(told), text)).toBe(false);
    });
    fc.assert(law);
    const bytes = randomBytes(32);
    const text = printed([encryptionKey(bytes), envEncryptionKeys({ env: { HOLDFAST_TOKEN_KEYS: wrapped(bytes) } })]);
    for (const form of ['base64', 'base64url', 'hex'] as const) expect(leaks(text, bytes.toString(form))).toBe(false);
  });
});
