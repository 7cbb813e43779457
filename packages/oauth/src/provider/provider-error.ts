/** The error codes that are registered for answers of authorization and token endpoints. */
const registered = new Set([
  // RFC 6749
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'],
  ...['invalid_scope', 'access_denied', 'unsupported_response_type', 'server_error', 'temporarily_unavailable'],
  // OpenID Connect Core §3.1.2.6 and its extensions
  ...['interaction_required', 'login_required', 'account_selection_required', 'consent_required'],
  ...['invalid_request_uri', 'invalid_request_object', 'request_not_supported', 'request_uri_not_supported'],
  ...['registration_not_supported', 'unmet_authentication_requirements'],
  // RFC 6750, 7009, 8628, 8693, 8707, 9396, 9449, 9470
  ...['invalid_token', 'insufficient_scope', 'unsupported_token_type', 'authorization_pending', 'slow_down'],
  ...['expired_token', 'invalid_target', 'invalid_authorization_details', 'invalid_dpop_proof', 'use_dpop_nonce'],
  'insufficient_user_authentication',
]);

/**
 * The `error` of an answer, if it may be printed. One that is not registered could repeat a secret, and in a callback
 * anybody can have written it.
 *
 * @see https://www.iana.org/assignments/oauth-parameters
 */
export const printableError = (error: unknown): string | undefined =>
  typeof error === 'string' && registered.has(error) ? error : undefined;
