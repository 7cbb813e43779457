import type { Secret } from '@holdfast/core';

/** Whose tokens: who issued them, to which client, for which tenant and user. */
export interface TokenKey {
  /** Issuer identifier of the provider, as its discovery names it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Tenants never share; `''` where there is one. */
  readonly tenant: string;
  /** The user, as the provider names them (`sub`); `''` for the service itself. */
  readonly subject: string;
}

/** The tokens of one user, as they are kept. */
export interface TokenRecord {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** When the access token ends, in milliseconds since the Unix epoch; `undefined` if that is not known. */
  readonly expiresAtMs: number | undefined;
  readonly scope: string | undefined;
  /**
   * `active`: usable. `refreshing`: a refresh was begun with this refresh token, and whether it was used up is not
   * known until the next record is written. `reauth_required`: the user has to sign in again.
   */
  readonly state: 'active' | 'refreshing' | 'reauth_required';
  /** Counts up with every write; 1 for the first. A record that is older than what was read before is refused. */
  readonly generation: number;
}

/** Holds a lock across everybody who shares the store. */
export interface TokenLock {
  /** Names this hold of the lock and no other. A `put` with it is refused once the lock is lost. */
  readonly fence: string;
  /** Lets go. Does nothing once it is gone. */
  release(): Promise<void>;
}

/**
 * Where tokens of users are kept. Every driver passes one contract suite. What it holds is encrypted by whoever wraps
 * it; a driver of its own sees bytes.
 */
export interface TokenStore {
  /** `undefined` where there is none. @throws TokenStoreError for a row that is not what was written. */
  get(key: TokenKey): Promise<TokenRecord | undefined>;
  /**
   * Writes `record` if the generation that is kept is `expected` (`undefined`: if there is none). Durable when it
   * resolves. With `lock`, only while that is held.
   *
   * @returns whether it was written.
   * @throws TokenStoreError when `record.generation` does not follow `expected`, or for a row that is not what was
   *   written.
   */
  put(key: TokenKey, record: TokenRecord, expected: number | undefined, lock?: TokenLock): Promise<boolean>;
  /** Lets the tokens go. Works on a row that `get` refuses, so that the user can sign in again. */
  delete(key: TokenKey): Promise<void>;
  /**
   * Waits for the lock of `key` and takes it, across processes. One whose holder died is free after `ttlMs`.
   *
   * @throws the reason of `signal` when that aborts first.
   */
  lock(
    key: TokenKey,
    options: { readonly ttlMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<TokenLock>;
  close(): Promise<void>;
}
