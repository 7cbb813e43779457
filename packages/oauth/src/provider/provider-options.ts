import { checkOptions, OptionError, rules, systemClock, type Rule } from '@holdfast/core';
import type { FetchBounds } from './bounded-fetch.ts';
import { resolveAuthentication, type ResolvedAuthentication } from './client-authentication.ts';
import { aboveZeroMs, defaults, oauthRules, type ProviderOptions } from '../options.ts';

/** Options of {@link ProviderOptions}, checked. */
export interface ResolvedProviderOptions {
  /** As it was given. */
  readonly identifier: string;
  readonly issuer: URL;
  readonly clientId: string;
  readonly authentication: ResolvedAuthentication;
  readonly bounds: FetchBounds;
  readonly discoveryMaxAgeMs: number;
}

/** Rules of what bounds requests. */
export const boundsRules: Readonly<Record<'fetch' | 'timeoutMs' | 'maxResponseBytes' | 'clock', Rule>> = {
  fetch: rules.callback,
  timeoutMs: aboveZeroMs,
  maxResponseBytes: rules.wholeFrom(1),
  clock: oauthRules.clock,
};

/** What bounds requests, with defaults in place of what was left out. */
export function resolveBounds(
  options: Pick<ProviderOptions, 'fetch' | 'timeoutMs' | 'maxResponseBytes' | 'clock'>,
): FetchBounds {
  const { timeoutMs = defaults.timeoutMs, maxResponseBytes = defaults.maxResponseBytes, clock = systemClock } = options;
  // Called through the global, so that whoever replaces it later is heard.
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return { fetch, timeoutMs, maxResponseBytes, clock };
}

/** @throws OptionError naming the option, the rule and the value; TypeError for an unusable secret. */
export function resolveProviderOptions(options: ProviderOptions): ResolvedProviderOptions {
  checkOptions('provider', options, {
    ...boundsRules,
    issuer: oauthRules.issuer,
    clientId: oauthRules.text,
    authentication: undefined,
    discoveryMaxAgeMs: aboveZeroMs,
  });
  requireOptions('provider', options, { issuer: oauthRules.issuer, clientId: oauthRules.text });
  const { issuer, clientId, discoveryMaxAgeMs = defaults.discoveryMaxAgeMs } = options;
  const authentication = resolveAuthentication(options.authentication ?? { method: 'none' });
  if (authentication.isMutualTls && options.fetch === undefined)
    throw new OptionError('provider.fetch', 'a fetch that presents the certificate of the client', options.fetch);
  const given = { identifier: issuer, issuer: new URL(issuer), clientId };
  return { ...given, authentication, bounds: resolveBounds(options), discoveryMaxAgeMs };
}

/** @throws OptionError for the first option that was left out. */
export function requireOptions(factory: string, options: object, required: Readonly<Record<string, Rule>>): void {
  for (const [name, { expected }] of Object.entries(required)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) throw new OptionError(`${factory}.${name}`, expected, value);
  }
}
