import { untilAborted, type Secret } from '@holdfast/core';
import { Cooldowns } from './cooldowns.ts';
import { HeldTokens, type HeldToken } from './held-tokens.ts';
import { resolveRefreshOptions } from './resolve-refresh-options.ts';
import type { RefreshTokensOptions } from './refresh-options.ts';
import type { RenewalMeans, WantedToken } from './renewable-record.ts';
import { Renewal } from './renewal.ts';
import { bindingOf, nameOf } from '../store/row-binding.ts';
import type { IssuedToken, TokenSource } from '../sources/token-source.ts';
import type { TokenKey } from '../store/token-store.ts';

/** Why an access token is asked for. */
export interface AccessTokenRequest {
  /** The token that upstream rejected: not this one. */
  readonly rejected?: Secret | undefined;
  /** Ends this wait. A refresh that is under way goes on for the others, as it may have spent its token. */
  readonly signal?: AbortSignal | undefined;
}

/** The tokens of one user as a source for `auth({ credentials })`. Its id has the issuer's host and names no user. */
export interface UserTokenSource extends TokenSource {
  /** @throws what `tokenFor` throws. */
  read(request: AccessTokenRequest): Promise<IssuedToken>;
}

/** Access tokens of users, kept fresh. */
export interface RefreshingTokens {
  /**
   * An access token that calls may go out with now.
   *
   * @throws ReauthRequiredError when the user has to sign in again; RefreshFailedError when no token is to be had now;
   *   TokenStoreError when the store refuses; the reason of `signal` when that aborts.
   */
  tokenFor(key: TokenKey, request?: AccessTokenRequest): Promise<Secret>;
  /** The tokens of `key` as a credential source. */
  asSource(key: TokenKey): UserTokenSource;
  /** Lets go of what is in memory, such as after a sign-out. The store is left alone. */
  forget(key: TokenKey): void;
  /** Waits for refreshes that are under way. The store stays open, as others may share it. */
  close(): Promise<void>;
}

/**
 * Gives access tokens out of a store and refreshes them: once for all calls of this process, and under the store's lock
 * once for all processes. Before a refresh token is sent, the store is told so; whoever finds that and no end of it does
 * not send the token again.
 *
 * What `refresh` throws decides what becomes of the refresh token. Not sent, or answered with an error: it is kept, and
 * the provider is asked again after a cooldown. `invalid_grant`, or no answer that says: the user has to sign in.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function refreshTokens(options: RefreshTokensOptions): RefreshingTokens {
  return new Refreshing(options);
}

class Refreshing implements RefreshingTokens {
  readonly #means: RenewalMeans;
  readonly #flights = new Map<string, Promise<HeldToken>>();

  constructor(given: RefreshTokensOptions) {
    const options = resolveRefreshOptions(given);
    this.#means = { options, held: new HeldTokens(options), cooldowns: new Cooldowns(options) };
  }

  async tokenFor(key: TokenKey, request: AccessTokenRequest = {}): Promise<Secret> {
    return (await this.#obtain(key, request)).accessToken;
  }

  asSource(key: TokenKey): UserTokenSource {
    const { host } = URL.canParse(key.issuer) ? new URL(key.issuer) : { host: 'issuer' };
    return Object.freeze({
      id: `oauth:${host}#${bindingOf('source', key).id.slice(0, 8)}`,
      kind: 'token' as const,
      read: async (request: AccessTokenRequest) => {
        const { accessToken: value, expiresAtMs } = await this.#obtain(key, request);
        return { value, expiresAtMs };
      },
    });
  }

  forget(key: TokenKey): void {
    this.#means.held.forget(nameOf(key));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#flights.values());
  }

  async #obtain(key: TokenKey, { rejected, signal }: AccessTokenRequest): Promise<HeldToken> {
    signal?.throwIfAborted();
    const { held, cooldowns } = this.#means;
    const name = nameOf(key);
    const known = held.get(name);
    if (known !== undefined && held.isUsable(known, rejected)) {
      if (held.isEarly(known) && cooldowns.of(name) === undefined)
        void this.#join({ key, name, rejected, replacing: known.generation });
      return known;
    }
    const token = await untilAborted(this.#join({ key, name, rejected, replacing: undefined }), signal);
    if (held.isUsable(token, rejected) || rejected?.equals(token.accessToken) !== true) return token;
    // The renewal that was joined knew nothing of the rejection.
    return untilAborted(this.#join({ key, name, rejected, replacing: undefined }), signal);
  }

  /** The renewal of this key that is under way, or a new one. */
  #join(wanted: WantedToken): Promise<HeldToken> {
    const { name } = wanted;
    const known = this.#flights.get(name);
    if (known !== undefined) return known;
    const flight = new Renewal(this.#means, wanted).run().finally(() => this.#flights.delete(name));
    this.#flights.set(name, flight);
    // Nobody may be left to hear of it; `onRefresh` tells.
    flight.catch(() => undefined);
    return flight;
  }
}
