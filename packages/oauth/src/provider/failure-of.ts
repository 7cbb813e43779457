import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { OAuthError, type OAuthErrorCode, type OAuthErrorDetails } from '../oauth-error.ts';
import { printableError } from './provider-error.ts';

/** The request that failed. */
export interface FailedRequest {
  /** What was wanted, as the beginning of a sentence: `The refresh at auth.example`. */
  readonly what: string;
  /** Whether a form was sent that may hold a code or refresh token. */
  readonly wasSent: boolean;
  /** Status of the last answer, if one came. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Codes of openid-client for what is not as the protocol says it should be. */
const byLibraryCode: Readonly<Record<string, OAuthErrorCode>> = {
  OAUTH_MISSING_SERVER_METADATA: 'provider_unsupported',
  OAUTH_UNSUPPORTED_OPERATION: 'provider_unsupported',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'insecure_endpoint',
  OAUTH_REQUEST_PROTOCOL_FORBIDDEN: 'insecure_endpoint',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'issuer_mismatch',
};

/** Says what an error of openid-client means, in words that repeat nothing of what was sent or answered. */
export function failureOf(error: unknown, request: FailedRequest): OAuthError {
  if (error instanceof ResponseBodyError) return refusal(error.error, request);
  if (error instanceof WWWAuthenticateChallengeError) return refusal(error.cause[0]?.parameters['error'], request);
  if (isOfLibrary(error)) return nonConformance(error, request);
  const name = error instanceof Error && /^[A-Z][A-Za-z]{0,30}$/.test(error.name) ? ` (${error.name})` : '';
  return new OAuthError('unexpected', `${request.what} failed in an unexpected way${name}.`, {
    status: request.status,
    mayBeUsed: request.wasSent,
  });
}

/** The provider answered with an OAuth error. */
function refusal(error: unknown, { what, status, retryAfterMs }: FailedRequest): OAuthError {
  const providerError = printableError(error);
  const named = providerError === undefined ? '' : `: ${providerError}`;
  const details: OAuthErrorDetails = { status, retryAfterMs, providerError };
  if (error === 'invalid_grant')
    return new OAuthError('invalid_grant', `${what} was refused${named}.`, { ...details, mayBeUsed: true });
  if (status === 429) return new OAuthError('provider_unavailable', `${what} was answered with 429${named}.`, details);
  return new OAuthError('provider_refused', `${what} was refused with ${status}${named}.`, details);
}

/** An error of openid-client, or of what it is built on, which comes through in places. */
type LibraryError = Error & { readonly code?: string };

const isOfLibrary = (error: unknown): error is LibraryError =>
  error instanceof ClientError ||
  (error instanceof Error && (error as LibraryError).code?.startsWith('OAUTH_') === true);

/** The provider answered with something else than the protocol knows. */
function nonConformance(error: LibraryError, request: FailedRequest): OAuthError {
  const { what, wasSent, status, retryAfterMs } = request;
  const details: OAuthErrorDetails = { status, retryAfterMs, mayBeUsed: wasSent };
  if (error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && status !== undefined && (status >= 500 || status === 429))
    return new OAuthError('provider_unavailable', `${what} was answered with ${status}.`, details);
  // Whoever stands before the provider, such as a firewall, knows nothing of OAuth and hands no token out either.
  if (wasSent && status !== undefined && status >= 400 && status < 500) return refusal(undefined, request);
  const { claim, attribute } = mismatchOf(error);
  if (claim === 'nonce')
    return new OAuthError('nonce_mismatch', `${what} brought the tokens of another login.`, details);
  const code = byLibraryCode[error.code ?? ''] ?? 'invalid_response';
  const about = [error.code, claim ?? attribute, status].filter((part) => part !== undefined).join(', ');
  return new OAuthError(code, `${what} failed on what the provider says (${about}).`, details);
}

/** The claim or endpoint that is not as it should be. Its value is not told. */
function mismatchOf(error: LibraryError): { readonly claim?: string; readonly attribute?: string } {
  const { cause } = error instanceof ClientError ? ((error.cause ?? {}) as Error) : error;
  const { claim, attribute } = (cause ?? {}) as Record<string, unknown>;
  return {
    ...(isName(claim) && { claim }),
    ...(isName(attribute) && { attribute }),
  };
}

const isName = (value: unknown): value is string => typeof value === 'string' && /^[a-z_.]{2,64}$/.test(value);
