/** Why a request cannot be signed. */
export type SigningErrorReason = 'stream' | 'stream_too_long' | 'body_unknown' | 'unprintable';

/**
 * A request cannot be signed as it is, so it was not sent. A fault of the request: it is not retried, trips no circuit
 * and walks no ladder.
 */
export class SigningError extends TypeError {
  // Not `code`: a thrown error with one that the table of faults does not know counts as a broken connection.
  readonly reason: SigningErrorReason;

  constructor(reason: SigningErrorReason, message: string) {
    super(message);
    this.name = 'SigningError';
    this.reason = reason;
  }
}
