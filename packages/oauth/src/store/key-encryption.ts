import { createHash, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { OptionError, Secret } from '@holdfast/core';
import { decrypt, encrypt, keyBytes } from './aes-gcm.ts';

/**
 * A key that encrypts the keys of rows. One of a key management service is an object like this, whose two functions
 * ask the service.
 */
export interface KeyEncryptionKey {
  /** Names the key in rows and errors, in up to 200 characters of printable ASCII. Holds no part of the key. */
  readonly id: string;
  /**
   * Encrypts the 32 bytes of a data key.
   *
   * @param bound - what they are bound to; `unwrap` must refuse other. A service that takes text only is given a hash.
   */
  wrap(dataKey: Uint8Array, bound: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * Gives the data key back; `undefined` if this key did not wrap these bytes for `bound`. Throws if that cannot be
   * told now.
   */
  unwrap(wrapped: Uint8Array, bound: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}

/** Where keys are read from. */
export interface EnvEncryptionKeysOptions {
  /** Name of the variable. @defaultValue 'HOLDFAST_TOKEN_KEYS' */
  readonly variable?: string;
  /** @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * A key of this process.
 *
 * @param key - 32 random bytes, as they are or in base64.
 * @param id - a hash of the key unless given.
 * @throws OptionError when it is no such key. Tells lengths only.
 */
export function encryptionKey(key: Uint8Array | string | Secret, id?: string): KeyEncryptionKey {
  return localKey(typeof key === 'string' || key instanceof Secret ? fromText(key, 'encryptionKey') : key, {
    id,
    source: 'encryptionKey',
  });
}

/**
 * The keys in a variable, in base64, separated by commas or blanks: the first encrypts, the others still decrypt.
 * `openssl rand -base64 32` makes one.
 *
 * @throws OptionError when the variable is empty or holds something else.
 */
export function envEncryptionKeys(options: EnvEncryptionKeysOptions = {}): readonly KeyEncryptionKey[] {
  const { variable = 'HOLDFAST_TOKEN_KEYS', env = process.env } = options;
  return keysIn(env[variable] ?? '', variable);
}

/**
 * The keys in a file, one a line, in base64: the first encrypts, the others still decrypt. Read once.
 *
 * @throws OptionError when the file cannot be read or holds something else.
 */
export function fileEncryptionKeys(path: string): readonly KeyEncryptionKey[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new OptionError('fileEncryptionKeys', `a file of keys that can be read (${code})`, path);
  }
  return keysIn(text, 'fileEncryptionKeys');
}

function keysIn(text: string, source: string): readonly KeyEncryptionKey[] {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  if (parts.length === 0) throw new OptionError(source, '32 random bytes in base64', undefined);
  return parts.map((part) => localKey(fromText(part, source), { source }));
}

/** Only what Node writes itself, in either alphabet: `Buffer.from` passes over what is no base64 and gives less. */
function fromText(given: string | Secret, source: string): Uint8Array {
  const text = (typeof given === 'string' ? given : given.reveal()).trim();
  const bytes = Buffer.from(text, 'base64');
  const isWhole = ['base64', 'base64url'].some((alphabet) => bytes.toString(alphabet as BufferEncoding) === text);
  if (!isWhole) throw new OptionError(source, '32 random bytes in base64', `${text.length} other characters`);
  return bytes;
}

/** Random bytes repeat themselves less than this. */
const leastDistinct = 12;

function localKey(bytes: Uint8Array, { id, source }: { id?: string | undefined; source: string }): KeyEncryptionKey {
  if (!(bytes instanceof Uint8Array) || bytes.length !== keyBytes)
    throw new OptionError(source, '32 random bytes', `${bytes?.length} bytes`);
  if (new Set(bytes).size < leastDistinct)
    throw new OptionError(source, '32 random bytes', 'bytes that repeat themselves');
  const fingerprint = createHash('sha256').update('holdfast key id').update(bytes).digest('hex').slice(0, 12);
  const key = createSecretKey(bytes);
  return Object.freeze({
    id: id ?? `local-${fingerprint}`,
    wrap: (dataKey: Uint8Array, bound: Uint8Array) => encrypt(key, dataKey, bound),
    unwrap: (wrapped: Uint8Array, bound: Uint8Array) => decrypt(key, wrapped, bound),
  });
}
