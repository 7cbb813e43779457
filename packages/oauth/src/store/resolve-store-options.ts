import { checkOptions, rules, systemClock, systemRandom, type Rule } from '@holdfast/core';
import { KeyRing } from './key-ring.ts';
import { oauthRules } from '../options.ts';
import { requireOptions } from '../provider/provider-options.ts';
import { storeDefaults, type EncryptionOptions, type LockOptions, type SqliteFileOptions } from './store-options.ts';

const { aboveZeroMs, clock } = oauthRules;

const path: Rule = {
  expected: 'the path of a file',
  holds: (value) => typeof value === 'string' && value !== '' && !/^(?::|file:)|\0/.test(value),
};

const encryptionRules = {
  keys: undefined,
  keyTimeoutMs: aboveZeroMs,
  maxRemembered: rules.wholeFrom(1),
  onTampered: rules.callback,
  clock,
  warn: rules.callback,
};

const lockRules = { pollMs: aboveZeroMs, clock, random: rules.callback };

/** {@link EncryptionOptions} with defaults in place of what was left out. */
export interface ResolvedEncryption extends Pick<Required<EncryptionOptions>, 'maxRemembered' | 'warn'> {
  readonly ring: KeyRing;
  readonly onTampered: EncryptionOptions['onTampered'] | undefined;
}

/** @throws OptionError naming the option, the rule and the value. */
export function checkEncryption(options: EncryptionOptions): void {
  checkOptions('encryptedStore', options, encryptionRules);
}

/** @throws OptionError naming the option, the rule and the value. */
export function checkMemoryOptions(options: LockOptions): void {
  checkOptions('memoryStore', options, lockRules);
}

/** @throws OptionError naming the option, the rule and the value. */
export function checkSqliteOptions(options: SqliteFileOptions & EncryptionOptions): void {
  checkOptions('sqliteStore', options, { ...encryptionRules, ...lockRules, path, busyTimeoutMs: rules.durationMs });
  requireOptions('sqliteStore', options, { path });
}

/** Encryption with defaults in place of what was left out. @throws OptionError for keys that cannot work. */
export function resolveEncryption(factory: string, options: EncryptionOptions): ResolvedEncryption {
  const { keys, onTampered, clock: time = systemClock, warn = console.warn } = options;
  const { keyTimeoutMs = storeDefaults.keyTimeoutMs, maxRemembered = storeDefaults.maxRemembered } = options;
  return {
    ring: new KeyRing(`${factory}.keys`, keys, { clock: time, timeoutMs: keyTimeoutMs }),
    onTampered,
    maxRemembered,
    warn,
  };
}

/** Polling with defaults in place of what was left out. */
export function resolveLocks(options: LockOptions): Required<LockOptions> {
  const { pollMs = storeDefaults.pollMs, clock: time = systemClock, random = systemRandom } = options;
  return { pollMs, clock: time, random };
}
