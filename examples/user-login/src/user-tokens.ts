import {
  refreshTokens,
  TokenStoreError,
  type Provider,
  type RefreshingTokens,
  type TokenKey,
  type TokenStore,
  type Tokens,
} from '@holdfast/oauth';
import type { Clock } from 'holdfast';

/** The tokens of all users: kept encrypted, fresh when they are asked for, gone when their user signs out. */
export interface UserTokens extends Pick<RefreshingTokens, 'asSource' | 'close'> {
  /** Keeps what a login gave, whatever was kept before. */
  keep(key: TokenKey, tokens: Tokens): Promise<void>;
  /** Tells the provider that they are no longer wanted, and lets them go even if it does not listen. */
  drop(key: TokenKey): Promise<void>;
}

/** What they need. */
export interface UserTokensOptions {
  readonly store: TokenStore;
  readonly provider: Provider;
  readonly clock: Clock;
}

export function userTokens({ store, provider, clock }: UserTokensOptions): UserTokens {
  const fresh = refreshTokens({ store, clock, refresh: provider.refresh });
  /** A row that somebody changed is as good as none: the user signs in anew. */
  const found = async (key: TokenKey) => {
    try {
      return await store.get(key);
    } catch (error) {
      if (!(error instanceof TokenStoreError)) throw error;
      await store.delete(key);
      return undefined;
    }
  };
  return {
    asSource: (key) => fresh.asSource(key),
    close: () => fresh.close(),
    async keep(key, tokens) {
      let isKept = false;
      // Another browser of the same user may write at the same time.
      for (let attempt = 0; attempt < 5 && !isKept; attempt++) {
        const { generation } = (await found(key)) ?? {};
        const record = { ...tokens, state: 'active', generation: (generation ?? 0) + 1 } as const;
        isKept = await store.put(key, record, generation);
      }
      if (!isKept) throw new Error('the tokens were not kept');
      fresh.forget(key);
    },
    async drop(key) {
      const record = await found(key);
      await store.delete(key);
      fresh.forget(key);
      if (record === undefined) return;
      await provider
        .revoke(record)
        .catch((error: unknown) => console.warn(`The tokens were not revoked: ${String(error)}`));
    },
  };
}
