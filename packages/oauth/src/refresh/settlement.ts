import { sleep } from '@holdfast/core';
import { ReauthRequiredError } from './reauth-required-error.ts';
import type { ResolvedRefreshOptions } from './resolve-refresh-options.ts';
import { TokenStoreError } from '../store/token-store-error.ts';
import type { TokenKey, TokenRecord } from '../store/token-store.ts';

/** First wait before a write that failed is tried again, in milliseconds. */
const firstWaitMs = 50;

/** What a refresh led to: a record but for its generation. */
export type Settled = Omit<TokenRecord, 'generation'>;

/**
 * Writes what a refresh led to over the record that says that it was begun. Tried again while the lock lasts: what
 * came for a refresh token that is spent is nowhere else.
 *
 * @returns the record that is kept now, which is another one if the user has signed in meanwhile.
 * @throws ReauthRequiredError if the tokens were deleted meanwhile.
 */
export async function settle(
  options: ResolvedRefreshOptions,
  key: TokenKey,
  { begun, settled }: { readonly begun: TokenRecord; readonly settled: Settled },
): Promise<TokenRecord> {
  const { clock, random, lockTtlMs, timeoutMs } = options;
  const untilMs = clock.monotonic() + lockTtlMs - timeoutMs;
  for (let waitMs = firstWaitMs; ; waitMs *= 2) {
    try {
      return await replace(options, key, { begun, settled });
    } catch (error) {
      const isPassing = error instanceof TokenStoreError && passing.has(error.code);
      if (!isPassing || clock.monotonic() + waitMs > untilMs) throw error;
      await sleep(clock, waitMs * (0.5 + random() / 2));
    }
  }
}

/** What may be over in a moment. */
const passing: ReadonlySet<string> = new Set(['storage_failed', 'key_unavailable']);

async function replace(
  { store }: ResolvedRefreshOptions,
  key: TokenKey,
  { begun, settled }: { readonly begun: TokenRecord; readonly settled: Settled },
): Promise<TokenRecord> {
  const next = { ...settled, generation: begun.generation + 1 };
  if (await store.put(key, next, begun.generation)) return next;
  const kept = await store.get(key);
  if (kept === undefined) throw new ReauthRequiredError(key, 'not_signed_in');
  if (kept.generation !== next.generation || kept.state !== 'reauth_required') return kept;
  // Somebody took this refresh for dead, as this process stood still for longer than its lock. It was not.
  const late = { ...settled, generation: kept.generation + 1 };
  return (await store.put(key, late, kept.generation)) ? late : kept;
}
