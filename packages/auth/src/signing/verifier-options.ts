import { checkOptions, OptionError, rules, systemClock, type Clock } from '@holdfast/core';
import type { NonceStore } from './nonce-store.ts';
import { signDefaults } from './options.ts';
import { remembered } from './remembered.ts';
import { checkedOrigins, signingRules } from './rules.ts';
import { verificationKey, type ReadyVerificationKey, type VerificationKey } from './verification-key.ts';

/** Finds the key of an id; `undefined` where there is none. The signal aborts when nobody waits any longer. */
export type KeyLookup = (
  keyId: string,
  context: { readonly signal: AbortSignal },
) => VerificationKey | undefined | Promise<VerificationKey | undefined>;

/** How `verifier()` behaves. */
export interface VerifierOptions {
  /** Finds the key that a request names. */
  readonly keys: KeyLookup;
  /** The origins by which clients reach this server. What was signed for another is refused. */
  readonly origins: readonly string[];
  /** Remembers which requests were accepted: `memoryNonces()` for a server that runs once, else a store shared by all. */
  readonly nonceStore: NonceStore;
  /** The only name that a signature may have. @defaultValue 'sig1' */
  readonly label?: string;
  /** The only thing that a signature may be for. @defaultValue 'holdfast' */
  readonly tag?: string;
  /**
   * Fields that every request has to cover besides method, URL and what belongs to a body, by lower-case name, such as
   * `authorization`.
   * @defaultValue none
   */
  readonly fields?: readonly string[];
  /** Oldest signature that is accepted, and longest time for which one may hold, in milliseconds. @defaultValue 60000 */
  readonly maxAgeMs?: number;
  /** How far a client's clock may be ahead, in milliseconds. @defaultValue 5000 */
  readonly skewMs?: number;
  /** Longest time for the lookup of a key, in milliseconds. @defaultValue 5000 */
  readonly keyTimeoutMs?: number;
  /** Longest time for an answer of the nonce store, in milliseconds. @defaultValue 1000 */
  readonly nonceTimeoutMs?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
}

/** The only place where a default stands. */
export const verifierDefaults: Required<Omit<VerifierOptions, 'keys' | 'origins' | 'nonceStore'>> = Object.freeze({
  label: signDefaults.label,
  tag: signDefaults.tag,
  fields: Object.freeze([]),
  maxAgeMs: 60_000,
  skewMs: 5000,
  keyTimeoutMs: 5000,
  nonceTimeoutMs: 1000,
  clock: systemClock,
});

type Limit =
  | 'signatureInput'
  | 'signature'
  | 'contentDigest'
  | 'value'
  | 'target'
  | 'components'
  | 'shortestNonce'
  | 'longestNonce';

/** What a verifier reads at most, in characters where nothing else is said. */
export const limits: Readonly<Record<Limit, number>> = Object.freeze({
  signatureInput: 4096,
  signature: 1024,
  contentDigest: 512,
  value: 8192,
  target: 16_384,
  components: 16,
  shortestNonce: 16,
  longestNonce: 128,
});

/** Options with every default filled in. */
export interface ResolvedVerifierOptions extends Required<VerifierOptions> {
  readonly ready: (given: VerificationKey) => ReadyVerificationKey;
}

/** @throws OptionError naming the option, the rule and the value. */
export function resolveVerifierOptions(options: VerifierOptions): ResolvedVerifierOptions {
  checkOptions('verifier', options, {
    keys: undefined,
    origins: undefined,
    nonceStore: undefined,
    label: signingRules.label,
    tag: signingRules.tag,
    fields: signingRules.fields,
    maxAgeMs: rules.wholeFrom(1000),
    skewMs: rules.durationMs,
    keyTimeoutMs: signingRules.timeoutMs,
    nonceTimeoutMs: signingRules.timeoutMs,
    clock: signingRules.clock,
  });
  const { keys, origins, nonceStore, ...rest } = options;
  if (typeof keys !== 'function') throw new OptionError('verifier.keys', 'a function that finds a key', keys);
  if (typeof (nonceStore as Partial<NonceStore> | undefined)?.use !== 'function')
    throw new OptionError('verifier.nonceStore', 'a store such as memoryNonces()', nonceStore);
  return {
    ...verifierDefaults,
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    keys,
    origins: checkedOrigins('verifier.origins', origins),
    nonceStore,
    ready: remembered(verificationKey),
  };
}
