import type { Secret } from '@holdfast/core';
import type { CredentialSource } from '../source.ts';

/** A key that is known from the start, so that no call ever waits for it. */
export class KeySource implements CredentialSource {
  readonly id: string;
  readonly kind = 'key';
  readonly secret: Secret;

  constructor(id: string, secret: Secret) {
    this.id = id;
    this.secret = secret;
  }

  read(): Secret {
    return this.secret;
  }
}
