import type { Clock, Random, Secret } from '@holdfast/core';
import { BoundedMap } from '../bounded-map.ts';
import type { TokenRecord } from '../store/token-store.ts';

/** An access token in memory. */
export interface HeldToken {
  readonly accessToken: Secret;
  readonly expiresAtMs: number | undefined;
  readonly generation: number;
  /** When it is to be replaced in the background; `undefined`: never. */
  readonly earlyAtMs: number | undefined;
}

/** When tokens are good. */
export interface HeldTokensOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly earlyMs: number;
  readonly marginMs: number;
  readonly maxCached: number;
}

/** The access tokens that this process knows, and how long they are of use. */
export class HeldTokens {
  readonly #options: HeldTokensOptions;
  readonly #byName: BoundedMap<HeldToken>;

  constructor(options: HeldTokensOptions) {
    this.#options = options;
    this.#byName = new BoundedMap(options.maxCached);
  }

  get(name: string): HeldToken | undefined {
    return this.#byName.get(name);
  }

  forget(name: string): void {
    this.#byName.delete(name);
  }

  /** Takes in a record that was read or written just now. */
  hold(name: string, { accessToken, expiresAtMs, generation }: TokenRecord): HeldToken {
    const held = { accessToken, expiresAtMs, generation, earlyAtMs: this.#earlyAt(expiresAtMs) };
    this.#byName.set(name, held);
    return held;
  }

  /** Whether a call may go out with it, which it may not with the token that was `rejected`. */
  isUsable({ accessToken, expiresAtMs }: Pick<HeldToken, 'accessToken' | 'expiresAtMs'>, rejected?: Secret): boolean {
    if (rejected?.equals(accessToken) === true) return false;
    const { clock, marginMs } = this.#options;
    return expiresAtMs === undefined || expiresAtMs - clock.now() > marginMs;
  }

  isEarly({ earlyAtMs }: HeldToken): boolean {
    return earlyAtMs !== undefined && this.#options.clock.now() >= earlyAtMs;
  }

  #earlyAt(expiresAtMs: number | undefined): number | undefined {
    if (expiresAtMs === undefined) return undefined;
    const { clock, random, earlyMs } = this.#options;
    const now = clock.now();
    // A token that lives no longer than `earlyMs` would otherwise be replaced at each call.
    return Math.max(expiresAtMs - earlyMs * (0.5 + random() / 2), now + (expiresAtMs - now) / 2);
  }
}
