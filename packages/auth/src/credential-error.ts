/**
 * No credential could be had. The message names sources and never quotes what they said, since that may
 * hold a secret; for the same reason there is no `cause`.
 */
export class CredentialError extends Error {
  readonly code = 'credentials_exhausted';

  constructor(message: string) {
    super(message);
    this.name = 'CredentialError';
  }
}
