import type { Secret } from '@holdfast/core';

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** 128 bits of chance, in hexadecimal digits. */
export const newSalt = (): string => hexOf(crypto.getRandomValues(new Uint8Array(16)));

/**
 * Tells keys apart without telling anything about them. Keys are long and random, so nobody finds one by trying, and
 * a slow hash would add nothing.
 */
export class Fingerprints {
  readonly salt: string;
  #key: Promise<CryptoKey> | undefined;

  constructor(salt: string) {
    this.salt = salt;
  }

  async of(secret: Secret): Promise<string> {
    const encoder = new TextEncoder();
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    this.#key ??= crypto.subtle.importKey('raw', encoder.encode(this.salt), algorithm, false, ['sign']);
    const signature = await crypto.subtle.sign('HMAC', await this.#key, encoder.encode(secret.reveal()));
    return hexOf(new Uint8Array(signature));
  }
}
