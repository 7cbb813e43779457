import type { Clock, Random } from '@holdfast/core';
import { BoundedMap } from '../bounded-map.ts';

interface Cooldown {
  readonly times: number;
  readonly endsMs: number;
  readonly reason: string;
}

/** How cooldowns grow. */
export interface CooldownOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Longest first one, in milliseconds. Doubles each time. */
  readonly cooldownMs: number;
  readonly maxCooldownMs: number;
  readonly maxCached: number;
}

/** When a provider is asked for the tokens of a user again after it has failed. Each process draws its own. */
export class Cooldowns {
  readonly #options: CooldownOptions;
  readonly #byName: BoundedMap<Cooldown>;

  constructor(options: CooldownOptions) {
    this.#options = options;
    this.#byName = new BoundedMap(options.maxCached);
  }

  /** Begins one, or the next one. Lasts at least `leastMs`, but for that under full jitter. Returns how long. */
  begin(name: string, reason: string, leastMs = 0): number {
    const { clock, random, cooldownMs, maxCooldownMs } = this.#options;
    const times = (this.#byName.get(name)?.times ?? 0) + 1;
    const limitMs = Math.min(maxCooldownMs, cooldownMs * 2 ** Math.min(times - 1, 30));
    const forMs = Math.max(Math.min(leastMs, maxCooldownMs), random() * limitMs);
    this.#byName.set(name, { times, reason, endsMs: clock.monotonic() + forMs });
    return forMs;
  }

  /** The one that lasts, if one does. */
  of(name: string): { readonly restMs: number; readonly reason: string } | undefined {
    const cooldown = this.#byName.get(name);
    const restMs = (cooldown?.endsMs ?? 0) - this.#options.clock.monotonic();
    return cooldown === undefined || restMs <= 0 ? undefined : { restMs, reason: cooldown.reason };
  }

  /** It works again: the next one is a first one. */
  end(name: string): void {
    this.#byName.delete(name);
  }
}
