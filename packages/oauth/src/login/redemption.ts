import { authorizationCodeGrant, type IDToken } from 'openid-client';
import type { Callback } from './callback.ts';
import type { PendingLogin } from './pending-logins.ts';
import { tokensOf } from '../tokens.ts';
import type { FinishedLogin } from './user-login.ts';
import type { ResolvedUserLoginOptions } from './user-login-options.ts';

/** A callback that was taken, and its login. */
interface Redemption {
  readonly callback: Callback;
  readonly login: PendingLogin;
  readonly signal: AbortSignal | undefined;
}

/** Gets tokens for a code, and checks whose they are. */
export async function redeem(
  { provider }: ResolvedUserLoginOptions,
  { callback, login, signal }: Redemption,
): Promise<Omit<FinishedLogin, 'returnTo'>> {
  const checks = {
    expectedState: login.state.reveal(),
    expectedNonce: login.nonce.reveal(),
    pkceCodeVerifier: login.codeVerifier.reveal(),
    idTokenExpected: true,
  };
  const question = { what: 'The exchange of the code', signal, checksSignature: true };
  const { result, requestedMs } = await provider.ask(question, (configuration) =>
    authorizationCodeGrant(configuration, callback.url, checks),
  );
  const claims = result.claims() as IDToken;
  return { tokens: tokensOf(result, requestedMs), claims, issuer: claims.iss, subject: claims.sub };
}
