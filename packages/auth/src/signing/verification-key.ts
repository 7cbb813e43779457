import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { OptionError } from '@holdfast/core';
import { ed25519Key, sharedKey, type AsymmetricKey, type SharedSecret } from './key-material.ts';

/** What signatures are checked with. Read once per object: a new key is a new object. */
export type VerificationKey =
  | {
      readonly alg: 'hmac-sha256';
      /** What both sides hold: at least 32 bytes, as base64 or bytes. */
      readonly secret: SharedSecret;
      /** The key holds no longer. Looked at every time. @defaultValue false */
      readonly revoked?: boolean;
    }
  | {
      readonly alg: 'ed25519';
      /** The public half, as PEM, JWK or KeyObject. */
      readonly publicKey: AsymmetricKey;
      /** The key holds no longer. Looked at every time. @defaultValue false */
      readonly revoked?: boolean;
    };

/** A key that is ready to check. */
export interface ReadyVerificationKey {
  readonly alg: VerificationKey['alg'];
  readonly isValid: (base: string, signature: Uint8Array) => boolean;
}

/** @throws OptionError that shows nothing of the key. */
export function verificationKey(given: VerificationKey): ReadyVerificationKey {
  const { alg } = given;
  if (alg === 'hmac-sha256') {
    const key = sharedKey('verifier.keys: secret', given.secret);
    const isValid = (base: string, signature: Uint8Array): boolean => {
      const expected = createHmac('sha256', key).update(base, 'latin1').digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    };
    return { alg, isValid };
  }
  if (alg === 'ed25519') {
    const key = ed25519Key('verifier.keys: publicKey', 'public', given.publicKey);
    return { alg, isValid: (base, signature) => verify(null, Buffer.from(base, 'latin1'), key, signature) };
  }
  throw new OptionError('verifier.keys: alg', "'hmac-sha256' or 'ed25519'", typeof alg);
}
