import { checkOptions, OptionError, rules, type Call, type Rule } from '@holdfast/core';
import { adaptiveDefaults, type AdaptiveOptions } from './adaptive-concurrency.ts';
import { undated } from './domain.ts';
import type { CountTokens } from './estimate.ts';
import type { LimitKind } from './limit-headers.ts';

/** The limits of a model, where the server does not tell them, or before it has. */
export interface ModelLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** What {@link RateLimitOptions.onRefused} is told. */
export interface RefusedEvent {
  readonly callId: string;
  readonly service: string;
  /** Endpoint, account and model family that are limited. */
  readonly domain: string;
  readonly code: 'rate_limited_local' | 'queue_full';
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
}

/** What {@link RateLimitOptions.onLimit} is told: a limit has become known, or another one. */
export interface LimitEvent {
  readonly service: string;
  readonly domain: string;
  readonly kind: LimitKind;
  /** Per window of the server, which is a minute for most. */
  readonly limit: number;
  readonly before: number | undefined;
}

/** What {@link RateLimitOptions.onFreeze} is told: the upstream said 429, and nothing goes for a while. */
export interface FreezeEvent {
  readonly service: string;
  readonly domain: string;
  readonly forMs: number;
}

/** How `rateLimit()` behaves. */
export interface RateLimitOptions {
  /**
   * `observe` decides and records, and lets every call go at once.
   * @defaultValue 'enforce'
   */
  readonly mode?: 'enforce' | 'observe';
  /**
   * Limits by model, `'*'` for every other, where the server does not tell them. What an answer tells wins.
   * @defaultValue none: nothing is limited before the first answer has told
   */
  readonly limits?: Readonly<Record<string, ModelLimits>>;
  /**
   * Calls under way at once, per endpoint, account and model: a number, or `'adaptive'` for as many as the upstream
   * takes without slowing down.
   * @defaultValue unlimited
   */
  readonly concurrency?: number | 'adaptive' | AdaptiveOptions;
  /**
   * Longest wait for room, in milliseconds; what would wait longer is refused at once. A deadline bounds it as well.
   * @defaultValue 60000, as long as `retry` waits for a server
   */
  readonly maxWaitMs?: number;
  /** Calls that wait at most, per endpoint, account and model. @defaultValue 1000 */
  readonly maxQueue?: number;
  /**
   * Over how long what is left of a limit is spread once half of it is spent, in milliseconds.
   * @defaultValue 5000
   */
  readonly spreadMs?: number;
  /**
   * How long nothing goes after a 429 that does not say for how long, in milliseconds.
   * @defaultValue 1000
   */
  readonly freezeMs?: number;
  /**
   * Turn calls away here while the upstream turns most of them away as overloaded.
   * @defaultValue false, as circuits do much the same
   */
  readonly throttle?: boolean;
  /**
   * Under whose limits a call counts, beside its endpoint: the account, project or key.
   * @defaultValue the credential that an endpoint brings, or the organization and project that the request names
   */
  readonly domain?: (call: Call) => string;
  /** Which models share their limits. @defaultValue dated snapshots share those of their model */
  readonly family?: (model: string) => string;
  /**
   * Counts the tokens of a request exactly, without those of its answer; `undefined` leaves it to the estimate.
   * @defaultValue an estimate that is calibrated by answers
   */
  readonly countTokens?: CountTokens;
  /** Endpoints, accounts and models that are told apart; the one that was not used for longest goes. @defaultValue 1000 */
  readonly maxDomains?: number;
  /** Told when a call is refused. */
  readonly onRefused?: (event: RefusedEvent) => void;
  /** Told when a limit has become known, or another one. */
  readonly onLimit?: (event: LimitEvent) => void;
  /** Told when a 429 stops everything for a while. */
  readonly onFreeze?: (event: FreezeEvent) => void;
}

type Optional = 'domain' | 'family' | 'countTokens' | 'onRefused' | 'onLimit' | 'onFreeze';

/** Options, checked, with every default in its place. */
export interface ResolvedRateLimitOptions extends Required<Omit<RateLimitOptions, Optional | 'concurrency'>> {
  readonly concurrency: number | Required<AdaptiveOptions> | undefined;
  readonly domain: RateLimitOptions['domain'] | undefined;
  readonly family: RateLimitOptions['family'] | undefined;
  readonly countTokens: CountTokens | undefined;
  readonly onRefused: RateLimitOptions['onRefused'] | undefined;
  readonly onLimit: RateLimitOptions['onLimit'] | undefined;
  readonly onFreeze: RateLimitOptions['onFreeze'] | undefined;
}

/** The only place where a default stands. */
export const defaults: Readonly<Required<Omit<RateLimitOptions, Optional | 'concurrency'>>> = Object.freeze({
  mode: 'enforce',
  limits: {},
  maxWaitMs: 60_000,
  maxQueue: 1000,
  spreadMs: 5000,
  freezeMs: 1000,
  throttle: false,
  maxDomains: 1000,
});

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const concurrency: Rule = {
  expected: "a whole number from 1, 'adaptive', or an object such as { max: 100 }",
  holds: (value) => value === 'adaptive' || isObject(value) || (Number.isSafeInteger(value) && (value as number) >= 1),
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: RateLimitOptions): ResolvedRateLimitOptions {
  checkOptions('rateLimit', options, {
    mode: { expected: "'enforce' or 'observe'", holds: (value) => value === 'enforce' || value === 'observe' },
    limits: { expected: "limits by model, e.g. { 'gpt-5': { tokensPerMinute: 30000 } }", holds: isObject },
    concurrency,
    maxWaitMs: rules.durationMs,
    maxQueue: rules.wholeFrom(0),
    spreadMs: rules.durationMs,
    freezeMs: rules.durationMs,
    throttle: rules.flag,
    domain: rules.callback,
    family: rules.callback,
    countTokens: rules.callback,
    maxDomains: rules.wholeFrom(1),
    onRefused: rules.callback,
    onLimit: rules.callback,
    onFreeze: rules.callback,
  });
  for (const [model, limits] of Object.entries(options.limits ?? {})) checkLimits(model, limits);
  return {
    domain: undefined,
    family: undefined,
    countTokens: undefined,
    onRefused: undefined,
    onLimit: undefined,
    onFreeze: undefined,
    ...defaults,
    ...said(options),
    limits: byFamily(options),
    concurrency: resolveConcurrency(options.concurrency),
  };
}

/** Limits of a snapshot are those of its family; what is said of the family itself wins. */
function byFamily({ limits = defaults.limits, family }: RateLimitOptions): Readonly<Record<string, ModelLimits>> {
  const nameOf = (model: string): string => (model === '*' ? model : (family?.(model) ?? undated(model)));
  const named = Object.entries(limits).map(([model, told]) => ({ model, name: nameOf(model), told }));
  const own = named.filter(({ model, name }) => name === model);
  return Object.fromEntries([...named, ...own].map(({ name, told }) => [name, told]));
}

/** Without the options that are set to `undefined`, which stands for the default. */
const said = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

function checkLimits(model: string, limits: ModelLimits): void {
  const name = `rateLimit.limits["${model}"]`;
  if (!isObject(limits)) throw new OptionError(name, 'an object such as { requestsPerMinute: 500 }', limits);
  checkOptions(name, limits, { requestsPerMinute: rules.wholeFrom(1), tokensPerMinute: rules.wholeFrom(1) });
}

function resolveConcurrency(given: RateLimitOptions['concurrency']): number | Required<AdaptiveOptions> | undefined {
  if (given === undefined || typeof given === 'number') return given;
  if (given === 'adaptive') return adaptiveDefaults;
  checkOptions('rateLimit.concurrency', given, {
    initial: rules.wholeFrom(1),
    min: rules.wholeFrom(1),
    max: rules.wholeFrom(1),
    tolerance: { expected: 'a number from 1', holds: (value) => Number.isFinite(value) && (value as number) >= 1 },
  });
  const resolved = { ...adaptiveDefaults, ...said(given) };
  if (resolved.min > resolved.max)
    throw new OptionError('rateLimit.concurrency.max', `a whole number from min (${resolved.min})`, resolved.max);
  return resolved;
}
