import type { Random } from '@holdfast/core';

/** How long a source that failed is left alone. */
export interface CooldownRules {
  /** Longest first cooldown, in milliseconds. */
  readonly cooldownMs: number;
  /** Longest cooldown of all, in milliseconds. */
  readonly maxCooldownMs: number;
}

/**
 * Leaves a source alone that failed, each time up to twice as long as before.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ for full jitter
 */
export class Cooldown {
  /** What went wrong, in words that hold no secret. */
  readonly reason: string;
  readonly #failures: number;
  readonly #untilMs: number;

  constructor(
    before: Cooldown | undefined,
    reason: string,
    means: { readonly nowMs: number; readonly random: Random; readonly rules: CooldownRules },
  ) {
    const { cooldownMs, maxCooldownMs } = means.rules;
    this.reason = reason;
    this.#failures = (before === undefined ? 0 : before.#failures) + 1;
    this.#untilMs = means.nowMs + means.random() * Math.min(maxCooldownMs, cooldownMs * 2 ** (this.#failures - 1));
  }

  /** Milliseconds until the source may be asked again; 0 once it may. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }
}
