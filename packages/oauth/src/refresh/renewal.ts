import { boundedGrant } from './bounded-grant.ts';
import type { HeldToken } from './held-tokens.ts';
import { ReauthRequiredError, type ReauthReason } from './reauth-required-error.ts';
import type { TokenRefreshEvent } from './refresh-options.ts';
import { outcomeOf, type RefreshOutcome } from './refresh-outcome.ts';
import { settle } from './settlement.ts';
import { accept, renewable, unrenewed, type RenewalMeans, type WantedToken } from './renewable-record.ts';
import { tell } from '../tell.ts';
import type { TokenLock, TokenRecord } from '../store/token-store.ts';
import type { Tokens } from '../tokens.ts';

/** How often the lock may be lost between taking it and the first write under it. */
const maxLosses = 5;

/** Gets one token for everybody in this process who waits for it: from the store, or for a refresh token. */
export class Renewal {
  readonly #means: RenewalMeans;
  readonly #wanted: WantedToken;
  readonly #startedMs: number;

  constructor(means: RenewalMeans, wanted: WantedToken) {
    this.#means = means;
    this.#wanted = wanted;
    this.#startedMs = means.options.clock.monotonic();
  }

  /** @throws ReauthRequiredError, RefreshFailedError, TokenStoreError. */
  async run(): Promise<HeldToken> {
    const { options, held, cooldowns } = this.#means;
    const { key, name } = this.#wanted;
    const found = await options.store.get(key);
    const known = accept(held, this.#wanted, found);
    if (known !== undefined) return known;
    const record = renewable(held, this.#wanted, found);
    const cooldown = cooldowns.of(name);
    if (cooldown !== undefined) return unrenewed(held, this.#wanted, { record, ...cooldown });
    for (let loss = 0; loss < maxLosses; loss++) {
      const lock = await options.store.lock(key, { ttlMs: options.lockTtlMs });
      try {
        const token = await this.#underLock(lock);
        if (token !== undefined) return token;
      } finally {
        // One that cannot be released ends by itself.
        await lock.release().catch(() => undefined);
      }
    }
    return unrenewed(held, this.#wanted, { record, reason: 'the lock was lost again and again', restMs: 0 });
  }

  /** `undefined` when the lock was lost, or somebody else has written, before anything was sent. */
  async #underLock(lock: TokenLock): Promise<HeldToken | undefined> {
    const { options, held } = this.#means;
    const { store, isRotating } = options;
    const { key } = this.#wanted;
    const found = await store.get(key);
    const token = accept(held, this.#wanted, found);
    if (token !== undefined) {
      this.#tell('adopted');
      return token;
    }
    const record = renewable(held, this.#wanted, found);
    // Whoever began it does not hold the lock any more.
    if (record.state === 'refreshing' && isRotating) return this.#giveUp(record, 'interrupted');
    const begun: TokenRecord = { ...record, state: 'refreshing', generation: record.generation + 1 };
    // By this write, and not by the lock alone, a refresh token is sent once: it fails for all but one.
    return (await store.put(key, begun, record.generation, lock)) ? this.#spend(begun) : undefined;
  }

  async #spend(begun: TokenRecord): Promise<HeldToken | undefined> {
    const { options, held, cooldowns } = this.#means;
    const { key, name, rejected } = this.#wanted;
    let tokens: Tokens;
    try {
      tokens = await boundedGrant(options, key, begun);
    } catch (error) {
      return this.#failed(begun, outcomeOf(error));
    }
    const { accessToken, expiresAtMs, refreshToken = begun.refreshToken, scope = begun.scope } = tokens;
    const settled = { accessToken, expiresAtMs, refreshToken, scope, state: 'active' } as const;
    const kept = await settle(options, key, { begun, settled });
    if (kept.state === 'reauth_required') throw new ReauthRequiredError(key, 'required_before');
    // Where every new token is rejected too, the provider is not to be asked for one per call.
    if (rejected === undefined) cooldowns.end(name);
    else cooldowns.begin(name, 'the last token was rejected soon after it came');
    this.#tell('renewed');
    return held.hold(name, kept);
  }

  async #failed(begun: TokenRecord, { token, reason, retryAfterMs }: RefreshOutcome): Promise<HeldToken | undefined> {
    const { options, held, cooldowns } = this.#means;
    const { key, name } = this.#wanted;
    if (token === 'revoked') return this.#giveUp(begun, 'revoked');
    if (token === 'unknown' && options.isRotating) return this.#giveUp(begun, 'interrupted');
    const restMs = cooldowns.begin(name, reason, retryAfterMs);
    const record = await settle(options, key, { begun, settled: { ...begun, state: 'active' } });
    this.#tell('failed', reason);
    return unrenewed(held, this.#wanted, { record, reason, restMs });
  }

  /** `undefined` when somebody else has written meanwhile, which has to be looked at first. */
  async #giveUp(record: TokenRecord, reason: ReauthReason): Promise<undefined> {
    const { options, held } = this.#means;
    const { key, name } = this.#wanted;
    const generation = record.generation + 1;
    const given = { ...record, refreshToken: undefined, state: 'reauth_required', generation } as const;
    if (!(await options.store.put(key, given, record.generation))) return;
    held.forget(name);
    this.#tell('reauth_required', reason);
    throw new ReauthRequiredError(key, reason);
  }

  #tell(result: TokenRefreshEvent['result'], reason?: string): void {
    const { clock, onRefresh, warn } = this.#means.options;
    const { issuer, tenant } = this.#wanted.key;
    const durationMs = clock.monotonic() - this.#startedMs;
    tell(warn, 'onRefresh', onRefresh, { issuer, tenant, result, reason, durationMs });
  }
}
