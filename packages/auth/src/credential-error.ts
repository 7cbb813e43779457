/**
 * No credential could be had. The message names sources and never quotes what they said, since that may
 * hold a secret; for the same reason there is no `cause`.
 */
export class CredentialError extends Error {
  readonly code = 'credentials_exhausted';
  /** When it is worth asking again, in milliseconds from now, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'CredentialError';
    this.retryAfterMs = retryAfterMs;
  }
}
