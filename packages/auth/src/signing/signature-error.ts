/** Why a request was refused. */
export type SignatureErrorCode =
  /** Method, URL or a signature field is not what it has to be. */
  | 'malformed'
  /** A field, a list or a value is larger than a verifier reads. */
  | 'too_large'
  /** The request was sent to an origin that is not one of the verifier's. */
  | 'origin_unknown'
  /** There is no signature. */
  | 'signature_missing'
  /** There is more than one signature. */
  | 'signature_ambiguous'
  /** The signature does not have the expected label. */
  | 'label_mismatch'
  /** A parameter that has to be there is not. */
  | 'parameter_missing'
  /** A parameter is there that a verifier does not know. */
  | 'parameter_unknown'
  /** The signature was made for something else. */
  | 'tag_mismatch'
  /** The algorithm is none of those that a verifier knows. */
  | 'algorithm_unknown'
  /** The key is for another algorithm. */
  | 'algorithm_mismatch'
  /** The signature covers less than it has to. */
  | 'coverage_missing'
  /** The signature covers something that a verifier does not know. */
  | 'component_unknown'
  /** The signature covers something that the request does not have. */
  | 'component_missing'
  /** The signature was made later than now. */
  | 'created_in_future'
  /** The signature was made too long ago. */
  | 'too_old'
  /** The signature has ended. */
  | 'expired'
  /** The signature ends before it begins, or too long after. */
  | 'window_invalid'
  /** Nobody knows the key. */
  | 'key_unknown'
  /** The key holds no longer. */
  | 'key_revoked'
  /** The key could not be looked up. */
  | 'key_lookup_failed'
  /** The signature is not of this request by this key. */
  | 'signature_invalid'
  /** The body is not the one that was signed. */
  | 'digest_mismatch'
  /** The digest is by an algorithm that a verifier does not know. */
  | 'digest_unknown'
  /** The body is longer than it may be. */
  | 'body_too_large'
  /** The body could not be read. */
  | 'body_unreadable'
  /** The request was accepted before. */
  | 'nonce_replayed'
  /** Whether it was accepted before is not known, so it is not. */
  | 'nonce_store_failed';

/** The status to answer with, where it is not 403. */
const statuses: Readonly<Partial<Record<SignatureErrorCode, SignatureError['status']>>> = {
  malformed: 400,
  too_large: 431,
  key_lookup_failed: 503,
  body_too_large: 413,
  body_unreadable: 400,
  nonce_store_failed: 503,
};

/**
 * A request was refused. The message quotes nothing that came with the request, so it can be logged; for the same
 * reason there is no `cause`.
 */
export class SignatureError extends Error {
  readonly code: SignatureErrorCode;
  /**
   * The status to answer with: 400, 403, 413, 431 or 503. Never 401, which would tell the caller's pool that its
   * credential for the API is dead.
   */
  readonly status: 400 | 403 | 413 | 431 | 503;
  /** The key that the request names, once it is known to be one of ours. */
  readonly keyId?: string;

  constructor(code: SignatureErrorCode, message: string, keyId?: string) {
    super(message);
    this.name = 'SignatureError';
    this.code = code;
    this.status = statuses[code] ?? 403;
    if (keyId !== undefined) this.keyId = keyId;
  }
}
