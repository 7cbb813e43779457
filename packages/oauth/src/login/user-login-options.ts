import { checkOptions, OptionError, type Rule } from '@holdfast/core';
import { protectedUrl } from '../provider/loopback.ts';
import type { OpenIdProvider } from '../provider/open-id-provider.ts';
import { defaults, oauthRules } from '../options.ts';
import { requireOptions } from '../provider/provider-options.ts';
import { memoryPendingLogins, type PendingLogins } from './pending-logins.ts';
import { openIdProviderOf, type Provider } from '../provider/provider.ts';

/** Parameters of the user's own for the page on which users sign in, such as `prompt` or `audience`. */
export type AuthorizationParameters = Readonly<Record<string, string>>;

/** How users sign in. */
export interface UserLoginOptions {
  readonly provider: Provider;
  /**
   * Where the provider sends browsers back to, exactly as it is registered there. HTTPS, or plain HTTP on this machine.
   */
  readonly redirectUri: string;
  /**
   * What is asked for; `openid` is needed. Most providers give a refresh token for `offline_access` only.
   * @defaultValue 'openid'
   */
  readonly scope?: string;
  /**
   * Further parameters of the authorization request, such as `{ prompt: 'consent' }`. Those that protect a login cannot
   * be set.
   * @defaultValue none
   */
  readonly authorizationParameters?: AuthorizationParameters;
  /**
   * Where logins wait for their callback.
   * @defaultValue `memoryPendingLogins()`
   */
  readonly pendingLogins?: PendingLogins;
  /**
   * Longest time that a user may take to sign in, in milliseconds.
   * @defaultValue 600000
   */
  readonly pendingTtlMs?: number;
}

/** Options of {@link UserLoginOptions}, checked. */
export interface ResolvedUserLoginOptions {
  readonly provider: OpenIdProvider;
  readonly redirectUri: URL;
  readonly scope: string;
  readonly authorizationParameters: AuthorizationParameters;
  readonly pendingLogins: PendingLogins;
  readonly pendingTtlMs: number;
}

/** Set by the flow itself; `max_age` would promise what nobody checks. */
const reserved = new Set([
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'request', 'request_uri', 'max_age'],
]);

const redirectRule: Rule = {
  expected: 'an https address (or http on this machine) without query, fragment and credentials',
  holds(value) {
    const url = protectedUrl(value);
    return url !== undefined && !/[?#]/.test(value as string);
  },
};

const scopeRule: Rule = {
  expected: "scopes with a blank between them, 'openid' among them",
  holds: (value) => typeof value === 'string' && value.split(' ').includes('openid'),
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveUserLoginOptions(options: UserLoginOptions): ResolvedUserLoginOptions {
  checkOptions('userLogin', options, {
    provider: undefined,
    redirectUri: redirectRule,
    scope: scopeRule,
    authorizationParameters: undefined,
    pendingLogins: {
      expected: 'a store of pending logins',
      holds: (value) => typeof (value as Partial<PendingLogins> | null)?.use === 'function',
    },
    pendingTtlMs: oauthRules.aboveZeroMs,
  });
  requireOptions('userLogin', options, { redirectUri: redirectRule });
  const { redirectUri, authorizationParameters = {}, scope = defaults.scope } = options;
  const provider = openIdProviderOf('userLogin', options.provider);
  checkAuthorizationParameters('userLogin', authorizationParameters);
  const { pendingLogins = memoryPendingLogins({ clock: provider.clock }), pendingTtlMs = defaults.pendingTtlMs } =
    options;
  return {
    ...{ provider, scope, authorizationParameters, pendingLogins, pendingTtlMs },
    redirectUri: new URL(redirectUri),
  };
}

/** @throws OptionError for a parameter that the flow sets itself, or that is no text. */
export function checkAuthorizationParameters(factory: string, parameters: AuthorizationParameters): void {
  for (const [name, value] of Object.entries(parameters)) {
    const option = `${factory}.authorizationParameters`;
    if (reserved.has(name)) throw new OptionError(option, `none that the flow sets itself, such as ${name}`, name);
    if (typeof value !== 'string') throw new OptionError(`${option}.${name}`, 'a text', value);
  }
}
