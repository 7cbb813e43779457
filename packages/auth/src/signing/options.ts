import { checkOptions, rules } from '@holdfast/core';
import type { DigestAlgorithm } from './content-digest.ts';
import { remembered } from './remembered.ts';
import { checkedOrigins, signingRules } from './rules.ts';
import { signingKey, type ReadySigningKey, type SigningKey } from './signing-key.ts';

/**
 * Gives the key to sign with. Called for every attempt, so it keeps what is dear itself; a new key is a new object.
 * The signal aborts when nobody waits any longer.
 */
export type SigningKeyFunction = (context: { readonly signal: AbortSignal }) => SigningKey | Promise<SigningKey>;

/** How `sign()` behaves. */
export interface SignOptions {
  /** What requests are signed with: a key, or a function that gives one. */
  readonly key: SigningKey | SigningKeyFunction;
  /** The origins of the gateways. Only requests to them are signed; every other goes on as it is. */
  readonly origins: readonly string[];
  /** How long a signature holds, in milliseconds; whole seconds on the wire, rounded up. @defaultValue 60000 */
  readonly expiresMs?: number;
  /** What the signature is for. A verifier accepts one tag only. @defaultValue 'holdfast' */
  readonly tag?: string;
  /** The name of the signature within the request. @defaultValue 'sig1' */
  readonly label?: string;
  /** The digest of bodies. @defaultValue 'sha-256' */
  readonly digest?: DigestAlgorithm;
  /**
   * Fields to cover besides those of the body, by lower-case name, where the request has them. `authorization` and
   * `api-key` are covered as the request leaves with them, so that nobody on the way can put another credential in
   * their place; not for gateways behind something that changes them.
   * @defaultValue none
   */
  readonly fields?: readonly string[];
  /**
   * Longest stream, in bytes, that is read into memory before it is sent, as nothing else can be signed of it. 0: a
   * request with a stream for its body is not sent.
   * @defaultValue 0
   */
  readonly maxStreamBytes?: number;
  /** Longest time that a function may take for the key, in milliseconds. @defaultValue 10000 */
  readonly keyTimeoutMs?: number;
}

/** The only place where a default stands. */
export const signDefaults: Required<Omit<SignOptions, 'key' | 'origins'>> = Object.freeze({
  expiresMs: 60_000,
  tag: 'holdfast',
  label: 'sig1',
  digest: 'sha-256',
  fields: Object.freeze([]),
  maxStreamBytes: 0,
  keyTimeoutMs: 10_000,
});

/** Options with every default filled in, and the key made ready. */
export interface ResolvedSignOptions extends Required<Omit<SignOptions, 'key'>> {
  /** A key that is known from the start. */
  readonly key: ReadySigningKey | undefined;
  readonly giveKey: SigningKeyFunction | undefined;
  readonly ready: (given: SigningKey) => ReadySigningKey;
}

/** @throws OptionError naming the option, the rule and the value, of a key nothing but its length. */
export function resolveOptions(options: SignOptions): ResolvedSignOptions {
  checkOptions('sign', options, {
    key: undefined,
    origins: undefined,
    expiresMs: rules.wholeFrom(1000),
    tag: signingRules.tag,
    label: signingRules.label,
    digest: { expected: "'sha-256' or 'sha-512'", holds: (value) => value === 'sha-256' || value === 'sha-512' },
    fields: signingRules.fields,
    maxStreamBytes: rules.wholeFrom(0),
    keyTimeoutMs: signingRules.timeoutMs,
  });
  const { key, origins, ...rest } = options;
  const isFunction = typeof key === 'function';
  return {
    ...signDefaults,
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    origins: checkedOrigins('sign.origins', origins),
    key: isFunction ? undefined : signingKey(key),
    giveKey: isFunction ? key : undefined,
    ready: remembered(signingKey),
  };
}
