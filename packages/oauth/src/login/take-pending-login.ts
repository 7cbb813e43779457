import type { Callback } from './callback.ts';
import { OAuthError } from '../oauth-error.ts';
import type { PendingLogin } from './pending-logins.ts';
import type { ResolvedUserLoginOptions } from './user-login-options.ts';

/** Who comes back, and with what. */
export interface Return {
  readonly callback: Callback;
  /** What the browser brought as its cookie. */
  readonly pendingId: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Finds the login that a callback belongs to, and takes it. One whose state does not fit stays: a forged callback must
 * not end the login that is going on.
 *
 * @throws OAuthError: why it is not taken.
 */
export async function takePendingLogin(
  { provider, pendingLogins }: Pick<ResolvedUserLoginOptions, 'provider' | 'pendingLogins'>,
  { callback, pendingId, signal }: Return,
): Promise<PendingLogin> {
  if (!pendingId) throw refusal('login_missing', 'this browser has no login that is pending, or sent no cookie');
  const login = isId(pendingId) ? await pendingLogins.get(pendingId) : undefined;
  if (login === undefined) throw refusal('login_unknown', 'nothing is pending under the id that this browser sent');
  if (login === 'used') throw used();
  if (provider.clock.now() >= login.expiresAtMs) throw refusal('login_expired', 'it took too long; sign in again');
  if (callback.state !== login.state.reveal())
    throw refusal('state_mismatch', 'it belongs to another login than that of this browser');
  // Before the login is taken, so that it is not lost to a provider that cannot be reached.
  const { issuer, authorization_response_iss_parameter_supported: namesItself } = await provider.metadata(signal);
  if (!(await pendingLogins.use(pendingId))) throw used();
  if (login.issuer !== issuer) throw refusal('issuer_mismatch', 'the login was begun at another provider');
  if (callback.issuer === undefined ? namesItself : callback.issuer !== issuer)
    throw refusal('issuer_mismatch', `it does not come from ${provider.host}`);
  return login;
}

/** 256 bits in base64url, as they were given out. */
const isId = (pendingId: string): boolean => /^[\w-]{43}$/.test(pendingId);

const used = (): OAuthError => refusal('login_used', 'its login was finished before');

const refusal = (
  code: Extract<OAuthError['code'], `login_${string}` | 'state_mismatch' | 'issuer_mismatch'>,
  why: string,
): OAuthError => new OAuthError(code, `The callback was not taken: ${why}.`);
