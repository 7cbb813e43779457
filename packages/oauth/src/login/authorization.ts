import { Secret } from '@holdfast/core';
import {
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client';
import { protectedUrl } from '../provider/loopback.ts';
import { OAuthError } from '../oauth-error.ts';
import type { PendingLogin } from './pending-logins.ts';
import type { AuthorizationParameters, ResolvedUserLoginOptions } from './user-login-options.ts';

/** A login as it begins. */
interface Beginning {
  readonly returnTo: string;
  readonly given: AuthorizationParameters;
  readonly signal: AbortSignal | undefined;
}

/**
 * Draws the secrets of a login, and says where to send the browser.
 *
 * @throws OAuthError: why the provider cannot be asked.
 */
export async function begin(
  { provider, redirectUri, scope, pendingTtlMs }: ResolvedUserLoginOptions,
  { returnTo, given, signal }: Beginning,
): Promise<{ readonly login: PendingLogin; readonly url: string }> {
  const [state, nonce, codeVerifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
  const parameters = {
    ...given,
    ...{ redirect_uri: redirectUri.href, scope, state, nonce },
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  };
  const { result } = await provider.ask({ what: 'The login', signal }, (configuration) =>
    authorizationOf(configuration, parameters),
  );
  const expiresAtMs = provider.clock.now() + pendingTtlMs;
  const secrets = { state: secret(state), nonce: secret(nonce), codeVerifier: secret(codeVerifier) };
  return { login: { ...secrets, issuer: result.issuer, returnTo, expiresAtMs }, url: result.url };
}

const secret = (value: string): Secret => Secret.from(value, 'login');

function authorizationOf(
  configuration: Configuration,
  parameters: Record<string, string>,
): { readonly issuer: string; readonly url: string } {
  const metadata = configuration.serverMetadata();
  if (metadata.code_challenge_methods_supported !== undefined && !metadata.supportsPKCE())
    throw new OAuthError('provider_unsupported', 'The provider does not support PKCE with S256.');
  const url = buildAuthorizationUrl(configuration, parameters).href;
  if (protectedUrl(url) === undefined)
    throw new OAuthError('insecure_endpoint', 'The authorization endpoint of the provider speaks plain HTTP.');
  return { issuer: metadata.issuer, url };
}
