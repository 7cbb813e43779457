import { checkOptions, OptionError, rules, type CredentialKind, type Fault } from '@holdfast/core';
import { originRule } from './origin-rule.ts';
import type { Pool } from './pool.ts';
import { poolsOf } from './pools-of.ts';
import type { CredentialInput } from './source.ts';

/** What {@link AuthOptions.onQuarantine} is told. */
export interface QuarantineEvent {
  readonly callId: string;
  readonly service: string;
  /** Id of the key that is used no more; never a part of it. */
  readonly credential: string;
  readonly kind: CredentialKind;
  readonly fault: Fault;
  /** How many credentials of the pool are left. */
  readonly usable: number;
}

/** What {@link AuthOptions.onRefresh} is told. */
export interface RefreshEvent {
  /** The call that asked; others may have waited for the same answer. */
  readonly callId: string;
  readonly service: string;
  /** Id of the credential; never a part of it. */
  readonly credential: string;
  /** `unchanged`: the source gave the rejected token again. */
  readonly result: 'renewed' | 'unchanged' | 'failed';
  /** What failed, in words that hold no secret. */
  readonly reason?: string;
  readonly durationMs: number;
}

/** How `auth()` behaves. */
export interface AuthOptions {
  /**
   * What calls prove themselves with in place of the credential that their client set: a key, a function
   * that gives a token, a source such as `envKeys()`, or several of those as a pool that is used in turn.
   * @defaultValue none: every call keeps the credential of its client
   */
  readonly credentials?: CredentialInput;
  /**
   * What admin operations prove themselves with, and nothing else does.
   * @defaultValue what `envKeys()` in `credentials` found in `OPENAI_ADMIN_KEY`; without it the client signs
   *   admin operations itself
   */
  readonly admin?: CredentialInput;
  /**
   * The only origins that the credentials may go to. The guard refuses every other.
   * @defaultValue the origin of the wrapped client; where no client is known, the API and its regional hosts
   */
  readonly origins?: readonly string[];
  /**
   * Longest time that a source may take for one answer, in milliseconds. Calls that wait for it are
   * bounded by their own signal as well.
   * @defaultValue 10000
   */
  readonly sourceTimeoutMs?: number;
  /** Told when a key of a pool was rejected and is used no more. */
  readonly onQuarantine?: (event: QuarantineEvent) => void;
  /** Told when a source was asked for a new token in place of a rejected one, once however many calls waited. */
  readonly onRefresh?: (event: RefreshEvent) => void;
}

/** The only place where a default stands. */
export const defaults: Readonly<Record<'sourceTimeoutMs', number> & Record<'origins', readonly string[]>> =
  Object.freeze({
    sourceTimeoutMs: 10_000,
    origins: Object.freeze([
      'https://api.openai.com',
      ...['us', 'eu', 'ae', 'au', 'in', 'jp'].map((region) => `https://${region}.api.openai.com`),
    ]),
  });

/** Options, checked, with pools in place of what was given. */
export interface ResolvedAuthOptions extends Pick<AuthOptions, 'onQuarantine' | 'onRefresh'> {
  readonly ordinary: Pool | undefined;
  readonly admin: Pool | undefined;
  readonly origins: readonly string[] | undefined;
  readonly sourceTimeoutMs: number;
}

/** @throws OptionError naming the option, the rule and the value; TypeError for a value that can be no key. */
export function resolveOptions(options: AuthOptions): ResolvedAuthOptions {
  checkOptions('auth', options, {
    credentials: undefined,
    admin: undefined,
    origins: { expected: 'a list of at least one origin', holds: (value) => Array.isArray(value) && value.length > 0 },
    sourceTimeoutMs: {
      expected: 'a duration in milliseconds, above 0',
      holds: (value) => rules.durationMs.holds(value) && value !== 0,
    },
    onQuarantine: rules.callback,
    onRefresh: rules.callback,
  });
  const { credentials, admin, origins, sourceTimeoutMs = defaults.sourceTimeoutMs, ...callbacks } = options;
  origins?.forEach((origin, index) => {
    if (!originRule.holds(origin)) throw new OptionError(`auth.origins[${index}]`, originRule.expected, origin);
  });
  return {
    ...callbacks,
    ...poolsOf({ credentials, admin }, sourceTimeoutMs),
    origins: origins && Object.freeze([...origins]),
    sourceTimeoutMs,
  };
}
