import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, createSecretKey, KeyObject, type JsonWebKey } from 'node:crypto';
import { OptionError, Secret } from '@holdfast/core';

/** A key of two halves: PEM, JWK or what `node:crypto` made of it. */
export type AsymmetricKey = string | JsonWebKey | KeyObject;

/** A key that both sides hold: base64 (or base64url) of at least 32 bytes, or the bytes themselves. */
export type SharedSecret = Secret | string | Uint8Array;

/** As long as the hash; a shorter key weakens it (RFC 2104, section 3). */
const leastSecretBytes = 32;

/** @throws OptionError that tells how many bytes came, and nothing else of them. */
export function sharedKey(option: string, secret: unknown): KeyObject {
  const given: unknown = secret instanceof Secret ? secret.reveal() : secret;
  const bytes = typeof given === 'string' ? decoded(given) : given;
  if (!(bytes instanceof Uint8Array) || bytes.byteLength < leastSecretBytes)
    throw new OptionError(
      option,
      `a secret of ${leastSecretBytes} bytes or more, as base64 or as a Uint8Array (its size in bytes is shown)`,
      bytes instanceof Uint8Array ? bytes.byteLength : 0,
    );
  return createSecretKey(bytes);
}

function decoded(text: string): Uint8Array | undefined {
  return /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** @throws OptionError that shows nothing of the key. */
export function ed25519Key(option: string, half: 'private' | 'public', given: unknown): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = given instanceof KeyObject ? given : read(half, given as string | JsonWebKey);
  } catch {
    // What the parser says may quote the key.
  }
  if (key?.type !== half || key.asymmetricKeyType !== 'ed25519')
    throw new OptionError(
      option,
      `the ${half} half of an Ed25519 key, as PEM, JWK or KeyObject (of a text, its length is shown)`,
      typeof given === 'string' ? given.length : given,
    );
  return key;
}

function read(half: 'private' | 'public', given: string | JsonWebKey): KeyObject | undefined {
  const input = typeof given === 'string' ? given : ({ key: given, format: 'jwk' } as const);
  if (half === 'private') return createPrivateKey(input);
  // A public half can be made of a private one, which has no place where signatures are only checked.
  const isPrivate = typeof given === 'string' ? given.includes('PRIVATE') : 'd' in given;
  return isPrivate ? undefined : createPublicKey(input);
}
