import type { Secret } from '@holdfast/core';

/** What a source is told when it is asked. */
export interface SourceContext {
  /** Aborts when nobody waits for this answer any longer: the source has taken `sourceTimeoutMs`. */
  readonly signal: AbortSignal;
  /** The value that was rejected upstream, where that is why the source is asked again: not this one. */
  readonly rejected?: Secret;
}

/** What a source gives: a bearer, checked by whoever takes it in. */
export type SourceValue = string | Secret;

/** Where a credential comes from. Asked at its first use and not before. */
export interface CredentialSource {
  /** Names the credential in journeys, spans and errors. Unique within a pool; holds no part of the secret. */
  readonly id: string;
  /**
   * `token`: can be asked for a new value when one is rejected. `key`: asked once; a 401 means that the
   * key is dead.
   */
  readonly kind: 'key' | 'token';
  /** The value now. What it throws is reported by its name only, as the text may quote a secret. */
  read(context: SourceContext): SourceValue | Promise<SourceValue>;
}

/** Several sources that are given as one, such as those that {@link envKeys} found. */
export interface CredentialSet {
  readonly sources: readonly CredentialSource[];
  /** For admin operations and nothing else. Where `undefined`, nothing was looked for. */
  readonly admin?: readonly CredentialSource[];
}

/**
 * Gives a token. It is kept until upstream rejects it; then the function is called once more,
 * with `rejected`, however many calls were rejected.
 */
export type CredentialFunction = (context: {
  readonly signal: AbortSignal;
  readonly rejected: boolean;
}) => string | Promise<string>;

/** A key, a function that gives a token, a source or set of sources, or a pool of any of those. */
export type CredentialInput =
  | string
  | CredentialFunction
  | CredentialSource
  | CredentialSet
  | readonly (string | CredentialFunction | CredentialSource | CredentialSet)[];
