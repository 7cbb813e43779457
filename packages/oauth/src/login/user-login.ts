import { randomState, type IDToken } from 'openid-client';
import { begin } from './authorization.ts';
import { readCallback, refusedCallback } from './callback.ts';
import { localPath } from './local-path.ts';
import { loginCookie, type LoginCookie } from './login-cookie.ts';
import { OAuthError } from '../oauth-error.ts';
import { redeem } from './redemption.ts';
import { takePendingLogin } from './take-pending-login.ts';
import type { Tokens } from '../tokens.ts';
import {
  checkAuthorizationParameters,
  resolveUserLoginOptions,
  type AuthorizationParameters,
  type UserLoginOptions,
} from './user-login-options.ts';

/** How a login is begun. */
export interface LoginStart {
  /**
   * Where the user wants to be afterwards: a path within the app. Anything else is refused.
   * @defaultValue '/'
   */
  readonly returnTo?: string | undefined;
  /** For this login, beside those of the options; `{ login_hint: … }`. */
  readonly authorizationParameters?: AuthorizationParameters;
  readonly signal?: AbortSignal | undefined;
}

/** A login that waits for its user. */
export interface StartedLogin {
  /** Where to send the browser. */
  readonly url: string;
  /** Who may finish it: for this browser and nobody else. */
  readonly pendingId: string;
  /** The same as a value of `Set-Cookie`. */
  readonly cookie: string;
}

/** Somebody has signed in. */
export interface FinishedLogin {
  readonly tokens: Tokens;
  /** The ID token, checked: issuer, audience, nonce, times and signature. */
  readonly claims: IDToken;
  /** Who issued the tokens, as the provider names itself. */
  readonly issuer: string;
  /** Who signed in, as the provider names them. */
  readonly subject: string;
  /** A path within the app. */
  readonly returnTo: string;
}

/** Signs users in by authorization code and PKCE. */
export interface UserLogin {
  /** @throws OAuthError: `return_to_refused`, or why the provider cannot be asked. */
  start(options?: LoginStart): Promise<StartedLogin>;
  /**
   * Takes the callback. A login is finished once, in the browser in which it was begun.
   *
   * @param callbackUrl - where the browser came to: absolute, or the path with its query (`request.originalUrl`).
   * @param pendingId - what `cookie.read()` found.
   * @throws OAuthError: why it is not taken. No token request is sent unless everything in the callback is right.
   */
  finish(
    callbackUrl: string | URL,
    pendingId: string | undefined,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<FinishedLogin>;
  readonly cookie: LoginCookie;
}

/**
 * Signs users in at a provider: authorization code, PKCE with S256, `state`, `nonce` and the `iss` of RFC 9207, with
 * each login bound to its browser and finished once.
 *
 * @throws OptionError when an option breaks its rule.
 * @see RFC 9700
 */
export function userLogin(options: UserLoginOptions): UserLogin {
  const resolved = resolveUserLoginOptions(options);
  const cookie = loginCookie(resolved.redirectUri.protocol === 'https:', resolved.pendingTtlMs);
  return {
    cookie,
    async start({ returnTo = '/', authorizationParameters = {}, signal } = {}) {
      checkAuthorizationParameters('start', authorizationParameters);
      const path = localPath(returnTo);
      if (path === undefined) throw returnRefused();
      const given = { ...resolved.authorizationParameters, ...authorizationParameters };
      const { login, url } = await begin(resolved, { returnTo: path, given, signal });
      const pendingId = randomState();
      await resolved.pendingLogins.put(pendingId, login);
      return { url, pendingId, cookie: cookie.set(pendingId) };
    },
    async finish(callbackUrl, pendingId, { signal } = {}) {
      const callback = readCallback(callbackUrl, resolved.redirectUri);
      const login = await takePendingLogin(resolved, { callback, pendingId, signal });
      if (callback.error !== undefined) throw refusedCallback(callback);
      // A store that is shared may have been written to by others.
      const returnTo = localPath(login.returnTo);
      if (returnTo === undefined) throw returnRefused();
      return { ...(await redeem(resolved, { callback, login, signal })), returnTo };
    },
  };
}

const returnRefused = (): OAuthError =>
  new OAuthError('return_to_refused', 'Where to go after the login has to be a path within the app, such as /inbox.');
