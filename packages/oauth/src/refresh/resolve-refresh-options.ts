import { checkOptions, OptionError, rules, systemClock, systemRandom } from '@holdfast/core';
import { oauthRules } from '../options.ts';
import { requireOptions } from '../provider/provider-options.ts';
import { refreshDefaults, type RefreshTokensOptions } from './refresh-options.ts';
import type { TokenStore } from '../store/token-store.ts';

/** {@link RefreshTokensOptions} with defaults in place of what was left out. */
export interface ResolvedRefreshOptions extends Required<Omit<RefreshTokensOptions, 'onRefresh'>> {
  readonly onRefresh: RefreshTokensOptions['onRefresh'] | undefined;
}

const storeRule = {
  expected: 'a token store, such as sqliteStore()',
  holds: (value: unknown) => typeof (value as Partial<TokenStore> | null)?.lock === 'function',
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveRefreshOptions(options: RefreshTokensOptions): ResolvedRefreshOptions {
  const { durationMs, callback } = rules;
  const { aboveZeroMs, clock } = oauthRules;
  checkOptions('refreshTokens', options, {
    ...{ store: storeRule, refresh: callback, isRotating: rules.flag, earlyMs: durationMs, marginMs: durationMs },
    ...{ timeoutMs: aboveZeroMs, lockTtlMs: aboveZeroMs, cooldownMs: durationMs, maxCooldownMs: durationMs },
    ...{ maxCached: rules.wholeFrom(1), onRefresh: callback, clock, random: callback, warn: callback },
  });
  requireOptions('refreshTokens', options, { store: storeRule, refresh: callback });
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const machine = { clock: systemClock, random: systemRandom, warn: console.warn, onRefresh: undefined };
  const resolved: ResolvedRefreshOptions = { ...refreshDefaults, ...machine, ...(given as typeof options) };
  if (resolved.lockTtlMs <= resolved.timeoutMs)
    throw new OptionError('refreshTokens.lockTtlMs', `more than timeoutMs (${resolved.timeoutMs})`, resolved.lockTtlMs);
  return resolved;
}
