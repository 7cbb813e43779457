/**
 * What went wrong.
 *
 * A callback that is not taken; no token request was sent:
 *
 * - `callback_mismatch`: it came to another address than the redirect URI.
 * - `callback_malformed`: a parameter is missing, stands twice, or belongs to another flow.
 * - `login_missing`: the browser brought no id of a pending login.
 * - `login_unknown`: nothing is pending under its id.
 * - `login_used`: its login was finished before.
 * - `login_expired`: it took longer than `pendingTtlMs`.
 * - `state_missing`, `state_mismatch`: the callback belongs to another login than that of this browser.
 * - `issuer_mismatch`: another issuer answered than was asked.
 * - `return_to_refused`: the way back leads elsewhere than into the app.
 * - `authorization_refused`: the user or the provider said no. `providerError` says why.
 *
 * What a provider answers:
 *
 * - `invalid_grant`: a code, refresh token or subject token is no longer good, or never was.
 * - `provider_refused`: any other OAuth error. `providerError` names it.
 * - `provider_unavailable`: 429 or 5xx.
 * - `provider_unsupported`: its discovery says that it cannot do this.
 * - `invalid_response`, `response_too_large`: not what the protocol says.
 * - `nonce_mismatch`, `subject_mismatch`: the tokens are those of another login, or of another user.
 * - `device_code_expired`: nobody entered the code in time.
 *
 * What happens on the way:
 *
 * - `unreachable`: the request was certainly not sent.
 * - `connection_lost`, `timeout`: it may have been.
 * - `insecure_endpoint`: the endpoint speaks plain HTTP and is not on this machine; nothing was sent.
 *
 * On this side:
 *
 * - `no_refresh_token`: there is nothing to refresh with.
 * - `subject_token_failed`: the source of the subject token gave none.
 * - `invalid_key`: the private key of the client cannot be used.
 * - `unexpected`: none of these.
 */
export type OAuthErrorCode =
  | 'callback_mismatch'
  | 'callback_malformed'
  | 'login_missing'
  | 'login_unknown'
  | 'login_used'
  | 'login_expired'
  | 'state_missing'
  | 'state_mismatch'
  | 'issuer_mismatch'
  | 'return_to_refused'
  | 'authorization_refused'
  | 'invalid_grant'
  | 'provider_refused'
  | 'provider_unavailable'
  | 'provider_unsupported'
  | 'invalid_response'
  | 'response_too_large'
  | 'nonce_mismatch'
  | 'subject_mismatch'
  | 'device_code_expired'
  | 'unreachable'
  | 'connection_lost'
  | 'timeout'
  | 'insecure_endpoint'
  | 'no_refresh_token'
  | 'subject_token_failed'
  | 'invalid_key'
  | 'unexpected';

/** What is known of an {@link OAuthError} beside its code. */
export interface OAuthErrorDetails {
  /** The `error` of the provider's answer, if it is a registered one; others could repeat a secret. */
  readonly providerError?: string | undefined;
  /** Status of the provider's answer, if one came. */
  readonly status?: number | undefined;
  /**
   * Whether a code or refresh token that went with the request may be used up by now. `false` if it was certainly not
   * sent, or was refused for another reason.
   */
  readonly mayBeUsed?: boolean;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * A login, refresh or exchange failed. The message never quotes what a provider wrote, nor a token, code or secret; for
 * the same reason there is no `cause`.
 */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly providerError: string | undefined;
  readonly status: number | undefined;
  readonly mayBeUsed: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: OAuthErrorCode, message: string, details: OAuthErrorDetails = {}) {
    super(message);
    this.name = 'OAuthError';
    this.code = code;
    this.providerError = details.providerError;
    this.status = details.status;
    this.mayBeUsed = details.mayBeUsed ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}
