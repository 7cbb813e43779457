import { createHmac, sign } from 'node:crypto';
import { OptionError } from '@holdfast/core';
import { ed25519Key, sharedKey, type AsymmetricKey, type SharedSecret } from './key-material.ts';
import { isKeyId, keyIdRule } from './key-id.ts';

/** What requests are signed with. */
export type SigningKey =
  | {
      /** Names the key to the verifier: 1 to 128 characters of printable ASCII. Holds no part of the key. */
      readonly keyId: string;
      readonly alg: 'hmac-sha256';
      /** What both sides hold: at least 32 bytes, as base64 or bytes. */
      readonly secret: SharedSecret;
    }
  | {
      /** Names the key to the verifier: 1 to 128 characters of printable ASCII. Holds no part of the key. */
      readonly keyId: string;
      readonly alg: 'ed25519';
      /** The private half, as PEM, JWK or KeyObject. */
      readonly privateKey: AsymmetricKey;
    };

/** A key that is ready to sign. */
export interface ReadySigningKey {
  readonly keyId: string;
  readonly alg: SigningKey['alg'];
  readonly sign: (base: string) => Uint8Array;
}

/** @throws OptionError that shows nothing of the key. */
export function signingKey(given: SigningKey): ReadySigningKey {
  if (typeof given !== 'object' || given === null)
    throw new OptionError('sign.key', 'a key, or a function that gives one', typeof given);
  const { keyId, alg } = given;
  // What stands in the place of an id may be the key.
  if (!isKeyId(keyId)) throw new OptionError('sign.key.keyId', keyIdRule, typeof keyId);
  if (alg === 'hmac-sha256') {
    const key = sharedKey('sign.key.secret', given.secret);
    return { keyId, alg, sign: (base) => createHmac('sha256', key).update(base, 'latin1').digest() };
  }
  if (alg === 'ed25519') {
    const key = ed25519Key('sign.key.privateKey', 'private', given.privateKey);
    return { keyId, alg, sign: (base) => sign(null, Buffer.from(base, 'latin1'), key) };
  }
  throw new OptionError('sign.key.alg', "'hmac-sha256' or 'ed25519'", typeof alg);
}
