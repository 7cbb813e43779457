import { ManualClock } from '@holdfast/testkit';
import { memoryStore } from '../src/store/memory-store.ts';
import { provider } from '../src/provider/provider.ts';
import type { RefreshTokensOptions, TokenRefreshEvent } from '../src/refresh/refresh-options.ts';
import { refreshTokens, type RefreshingTokens } from '../src/refresh/refresh-tokens.ts';
import type { TokenKey, TokenRecord, TokenStore } from '../src/store/token-store.ts';
import { keyOf } from './records.ts';
import { RotatingProvider } from './rotating-provider.ts';

/** Tokens of one user at a real provider over a real socket, under a clock that is turned by hand. */
export interface RefreshBench extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly far: RotatingProvider;
  readonly store: TokenStore;
  readonly key: TokenKey;
  readonly tokens: RefreshingTokens;
  readonly events: TokenRefreshEvent[];
  readonly warnings: unknown[];
  /** The same store, as another process sees it. */
  another(changes?: Partial<RefreshTokensOptions>): RefreshingTokens;
  /** Signs the user in. */
  signIn(changes?: Partial<TokenRecord>): Promise<TokenRecord>;
  kept(): Promise<TokenRecord | undefined>;
  /** What a promise comes to, while the clock runs from timer to timer. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** The error that it comes to. */
  fails(promise: Promise<unknown>): Promise<Error>;
}

export async function refreshBench(changes: Partial<RefreshTokensOptions> = {}): Promise<RefreshBench> {
  const clock = new ManualClock();
  const far = await RotatingProvider.start();
  const store = changes.store ?? memoryStore({ clock, random: () => 0.5 });
  const key = keyOf({ issuer: far.issuer });
  const events: TokenRefreshEvent[] = [];
  const warnings: unknown[] = [];
  const another = (more: Partial<RefreshTokensOptions> = {}): RefreshingTokens => {
    const at = provider({ issuer: far.issuer, clientId: key.clientId, clock: more.clock ?? clock });
    return refreshTokens({
      ...{ store, clock, random: () => 0.5, refresh: (record, context) => at.refresh(record, context) },
      ...{ onRefresh: (event) => void events.push(event), warn: (...given) => void warnings.push(given) },
      ...changes,
      ...more,
    });
  };
  return {
    ...{ clock, far, store, key, events, warnings, another },
    tokens: another(),
    async signIn(given = {}) {
      const known = await store.get(key);
      const generation = (known?.generation ?? 0) + 1;
      const expiresAtMs = clock.now() + 300_000;
      const record: TokenRecord = {
        ...far.issue(),
        ...{ expiresAtMs, scope: 'openid', state: 'active', generation },
        ...given,
      };
      await store.put(key, record, known?.generation);
      return record;
    },
    kept: () => store.get(key),
    run: (promise) => clock.runUntil(promise),
    fails: (promise) =>
      clock.runUntil(
        promise.then(
          () => new Error('it did not fail'),
          (error: unknown) => error as Error,
        ),
      ),
    [Symbol.asyncDispose]: () => far[Symbol.asyncDispose](),
  };
}
