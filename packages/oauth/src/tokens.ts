import { Secret } from '@holdfast/core';
import { OAuthError } from './oauth-error.ts';
import type { TokenRecord } from './store/token-store.ts';

/** What a provider gave: a token record before anybody keeps it. */
export type Tokens = Omit<TokenRecord, 'state' | 'generation'>;

/** The fields of a token response that matter here, checked by openid-client. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: string;
  readonly refresh_token?: string | undefined;
  readonly expires_in?: number | undefined;
  readonly scope?: string | undefined;
}

/**
 * Takes in what a provider gave.
 *
 * @param requestedMs - wall-clock time at which it was asked: the lifetime counts from no later than that.
 * @throws OAuthError of code `invalid_response` for tokens that cannot be carried as bearers.
 */
export function tokensOf(response: TokenResponse, requestedMs: number): Tokens {
  const { access_token, token_type, refresh_token, expires_in, scope } = response;
  if (token_type.toLowerCase() !== 'bearer') throw invalid('a token that is no bearer');
  const expiresAtMs = expires_in === undefined ? undefined : requestedMs + expires_in * 1000;
  if (expiresAtMs !== undefined && !Number.isSafeInteger(Math.ceil(expiresAtMs))) throw invalid('no usable expires_in');
  return {
    accessToken: secretOf(access_token, 'an access token'),
    refreshToken: refresh_token === undefined ? undefined : secretOf(refresh_token, 'a refresh token'),
    expiresAtMs,
    scope,
  };
}

function secretOf(value: string, what: string): Secret {
  try {
    return Secret.from(value, what);
  } catch {
    throw invalid(`${what} that can be in no header`);
  }
}

const invalid = (what: string): OAuthError =>
  new OAuthError('invalid_response', `The provider gave ${what}.`, { mayBeUsed: true });
