import { checkOptions, OptionError, rules, type Rule } from '@holdfast/core';
import { defaults, type AuthOptions, type PoolMeans, type ResolvedAuthOptions } from './options.ts';
import { originRule } from './origin-rule.ts';
import type { QuarantineStore } from './quarantine/quarantine-store.ts';
import type { RefreshOptions } from './value/refresh-options.ts';

const someTimeMs: Rule = {
  expected: 'a duration in milliseconds, above 0',
  holds: (value) => rules.durationMs.holds(value) && value !== 0,
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const known: Readonly<Record<keyof AuthOptions, Rule | undefined>> = {
  credentials: undefined,
  admin: undefined,
  tenants: {
    expected: 'a function, or an object with the credentials of each tenant',
    holds: (value) => typeof value === 'function' || (isObject(value) && !Array.isArray(value)),
  },
  maxTenants: rules.wholeFrom(1),
  origins: { expected: 'a list of at least one origin', holds: (value) => Array.isArray(value) && value.length > 0 },
  stateProject: { expected: 'the name of a project', holds: (value) => typeof value === 'string' && value !== '' },
  sourceTimeoutMs: someTimeMs,
  refresh: undefined,
  pool: undefined,
  store: {
    expected: 'a store with load and save, such as quarantineFile()',
    holds: (value) =>
      isObject(value) &&
      typeof (value as Partial<QuarantineStore>).load === 'function' &&
      typeof (value as Partial<QuarantineStore>).save === 'function',
  },
  onQuarantine: rules.callback,
  onRefresh: rules.callback,
  onStateChange: rules.callback,
  onEgressDenied: rules.callback,
  onAdminUse: rules.callback,
};

const refreshRules: Readonly<Record<keyof RefreshOptions, Rule>> = {
  aheadMs: rules.durationMs,
  aheadRatio: rules.ratio,
  jitterRatio: rules.ratio,
  cooldownMs: rules.durationMs,
  maxCooldownMs: rules.durationMs,
  waitMs: rules.durationMs,
  pauseMs: rules.durationMs,
};

const poolRules: Readonly<Record<keyof PoolMeans, Rule>> = {
  suspectMs: rules.durationMs,
  probeMs: someTimeMs,
  maxProbes: rules.wholeFrom(0),
  probeTimeoutMs: someTimeMs,
  coolMs: rules.durationMs,
  forgetMs: rules.durationMs,
  egressMs: rules.durationMs,
  alertMs: rules.durationMs,
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: AuthOptions): ResolvedAuthOptions {
  checkOptions('auth', options, known);
  const { credentials, admin, tenants, stateProject, store, origins, refresh = {}, pool = {}, ...rest } = options;
  const {
    maxTenants = defaults.maxTenants,
    sourceTimeoutMs: timeoutMs = defaults.sourceTimeoutMs,
    ...callbacks
  } = rest;
  checkOptions('auth.refresh', refresh, refreshRules);
  checkOptions('auth.pool', pool, poolRules);
  origins?.forEach((origin, index) => {
    if (!originRule.holds(origin)) throw new OptionError(`auth.origins[${index}]`, originRule.expected, origin);
  });
  const { onRefresh } = callbacks;
  return {
    callbacks,
    given: {
      ...(credentials !== undefined && { credentials }),
      ...(admin !== undefined && { admin }),
      ...(tenants !== undefined && { tenants }),
      ...(stateProject !== undefined && { stateProject }),
      ...(store !== undefined && { store }),
    },
    maxTenants,
    origins: origins && Object.freeze([...origins]),
    refresh: { ...defaults.refresh, ...defined(refresh), timeoutMs, ...(onRefresh && { onRefresh }) },
    pool: { ...defaults.pool, ...defined(pool) },
  };
}

/** Without what is `undefined`, which stands for the default. */
function defined<T extends object>(options: T): { [Name in keyof T]: NonNullable<T[Name]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]: NonNullable<T[Name]> };
}
