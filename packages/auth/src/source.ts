import type { Secret } from '@holdfast/core';

/** What a source is told when it is asked. */
export interface SourceContext {
  /** Aborts when nobody waits for this answer any longer: the source has taken `sourceTimeoutMs`. */
  readonly signal: AbortSignal;
  /** The value that was rejected upstream, where that is why the source is asked again: not this one. */
  readonly rejected?: Secret;
}

/** A value that holds for a while. */
export interface ExpiringValue {
  readonly value: string | Secret;
  /** When it ends, in milliseconds since the Unix epoch; `undefined` if that is not known. */
  readonly expiresAtMs?: number | undefined;
}

/** What a source gives: a bearer, checked by whoever takes it in, perhaps with its end. */
export type SourceValue = string | Secret | ExpiringValue;

/** Where a credential comes from. Asked at its first use and not before. */
export interface CredentialSource {
  /** Names the credential in journeys, spans and errors. Unique within a pool; holds no part of the secret. */
  readonly id: string;
  /**
   * `token`: can be asked for a new value when one is rejected. `key`: asked once; a 401 means that the
   * key is dead, unless the source can {@link CredentialSource.watch | watch} for another.
   */
  readonly kind: 'key' | 'token';
  /**
   * The value now. What it throws is reported by its name only, as the text may quote a secret; a `CredentialError`
   * is taken at its word, so put no secret into one.
   */
  read(context: SourceContext): SourceValue | Promise<SourceValue>;
  /**
   * Watches for a new value, such as a file that is replaced, and says so; it is asked for again then. Must not keep
   * the process alive. Returns what ends the watch.
   */
  watch?(changed: () => void): () => void;
}

/** Several sources that are given as one, such as those that {@link envKeys} found. */
export interface CredentialSet {
  readonly sources: readonly CredentialSource[];
  /** For admin operations and nothing else. Where `undefined`, nothing was looked for. */
  readonly admin?: readonly CredentialSource[];
}

/**
 * Gives a token, perhaps with its end. It is kept until then or until upstream rejects it; then the function is called
 * once more, with `rejected` where that is why, however many calls were rejected.
 */
export type CredentialFunction = (context: {
  readonly signal: AbortSignal;
  readonly rejected: boolean;
}) => SourceValue | Promise<SourceValue>;

/** One credential, as it can be given: a key, a function that gives a token, a source or a set of sources. */
export type OneCredential = string | CredentialFunction | CredentialSource | CredentialSet;

/** A credential with what is known about it. For a set it holds for each of its credentials. */
export interface CredentialEntry {
  readonly credential: OneCredential;
  /**
   * The project that it belongs to. Calls that refer to files, responses and the like are sent with credentials of one
   * project only.
   */
  readonly project?: string;
  /**
   * What its rate limits and its quota are shared with: credentials of one limit domain cool down together.
   * @defaultValue `project`; without one, the credential shares them with nobody
   */
  readonly limitDomain?: string;
  /**
   * Share of the calls that its limit domain gets, beside those of others.
   * @defaultValue 1
   */
  readonly weight?: number;
}

/** A credential, or a pool of several. */
export type CredentialInput = OneCredential | CredentialEntry | readonly (OneCredential | CredentialEntry)[];
