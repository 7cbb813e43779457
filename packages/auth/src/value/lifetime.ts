import type { Random } from '@holdfast/core';

/** When a value that ends is replaced. */
export interface LifetimeRules {
  /** Longest time before its end, in milliseconds. */
  readonly aheadMs: number;
  /** Longest time before its end, as a ratio of its life. */
  readonly aheadRatio: number;
  /** Part of that time over which chance spreads the moment. */
  readonly jitterRatio: number;
}

/** When a value of a given life is to be replaced and when it ends, in milliseconds since the Unix epoch. */
export interface Lifetime {
  readonly refreshAtMs: number;
  readonly expiresAtMs: number;
}

const endless: Lifetime = Object.freeze({
  refreshAtMs: Number.POSITIVE_INFINITY,
  expiresAtMs: Number.POSITIVE_INFINITY,
});

/**
 * The life of a value that came at `nowMs`. One that has ended already by this machine's clock is used until upstream
 * rejects it: the clock may be wrong, and upstream knows.
 */
export function lifetimeOf(
  expiresAtMs: number,
  { nowMs, random, rules }: { readonly nowMs: number; readonly random: Random; readonly rules: LifetimeRules },
): Lifetime {
  const lifeMs = expiresAtMs - nowMs;
  if (lifeMs <= 0 || expiresAtMs === Number.POSITIVE_INFINITY) return endless;
  const aheadMs = Math.min(lifeMs * rules.aheadRatio, rules.aheadMs);
  return { expiresAtMs, refreshAtMs: expiresAtMs - aheadMs + aheadMs * rules.jitterRatio * random() };
}
