import type { Clock, Random } from '@holdfast/core';
import type { Warn } from '../tell.ts';
import type { TokenKey, TokenRecord, TokenStore } from '../store/token-store.ts';
import type { Tokens } from '../tokens.ts';

/**
 * Spends a refresh token. What it throws decides what becomes of that token: see `refreshTokens()`.
 *
 * @param record - with the refresh token to spend.
 * @param context.subject - whose tokens the answer must be; `undefined` for those of the service itself.
 * @param context.signal - aborts when the answer is no longer waited for.
 */
export type RefreshGrant = (
  record: TokenRecord,
  context: { readonly key: TokenKey; readonly subject: string | undefined; readonly signal: AbortSignal },
) => Promise<Tokens>;

/** What {@link RefreshTokensOptions.onRefresh} is told. The user is not named. */
export interface TokenRefreshEvent {
  readonly issuer: string;
  readonly tenant: string;
  /**
   * `renewed`: by this process. `adopted`: another one was faster. `failed`: the refresh token is kept for later.
   * `reauth_required`: the user has to sign in again.
   */
  readonly result: 'renewed' | 'adopted' | 'failed' | 'reauth_required';
  /** What went wrong, in words that hold no secret. */
  readonly reason: string | undefined;
  readonly durationMs: number;
}

/** How `refreshTokens()` behaves. */
export interface RefreshTokensOptions {
  readonly store: TokenStore;
  /** Spends a refresh token: one flow for every key, or one that looks at the key. */
  readonly refresh: RefreshGrant;
  /**
   * Whether the provider takes a refresh token once only. If so, one that may have been spent is never sent again, and
   * the user has to sign in. `false`: it is sent again.
   * @defaultValue true
   */
  readonly isRotating?: boolean;
  /**
   * How long before its end a token is replaced while calls still go out with the old one, in milliseconds. Drawn
   * between half of it and all of it, and never more than half of the time that was left when it was read.
   * @defaultValue 120000
   */
  readonly earlyMs?: number;
  /**
   * How long before its end a token is sent no more, in milliseconds: the time that a request takes, and by which
   * clocks differ.
   * @defaultValue 10000
   */
  readonly marginMs?: number;
  /**
   * Longest time for one refresh, in milliseconds.
   * @defaultValue 15000
   */
  readonly timeoutMs?: number;
  /**
   * How long the lock of a process that died keeps others waiting, in milliseconds. Longer than `timeoutMs`, by what a
   * write takes at worst.
   * @defaultValue 45000
   */
  readonly lockTtlMs?: number;
  /**
   * Longest wait after the first refusal of a provider before it is asked again, in milliseconds. Doubles with each
   * one that follows; the wait is drawn anywhere below it.
   * @defaultValue 1000
   */
  readonly cooldownMs?: number;
  /**
   * What `cooldownMs` doubles up to, in milliseconds.
   * @defaultValue 60000
   */
  readonly maxCooldownMs?: number;
  /**
   * How many users' tokens are kept in memory.
   * @defaultValue 10000
   */
  readonly maxCached?: number;
  /** Told how each refresh ended, once however many waited for it. */
  readonly onRefresh?: (event: TokenRefreshEvent) => void;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /** @defaultValue the chance of the machine */
  readonly random?: Random;
  /** Where trouble is reported that breaks nothing. @defaultValue `console.warn` */
  readonly warn?: Warn;
}

type RefreshDefaults = Required<
  Omit<RefreshTokensOptions, 'store' | 'refresh' | 'onRefresh' | 'clock' | 'random' | 'warn'>
>;

/** The only place where a default of refreshes stands. */
export const refreshDefaults: Readonly<RefreshDefaults> = Object.freeze({
  isRotating: true,
  earlyMs: 120_000,
  marginMs: 10_000,
  timeoutMs: 15_000,
  lockTtlMs: 45_000,
  cooldownMs: 1000,
  maxCooldownMs: 60_000,
  maxCached: 10_000,
});
