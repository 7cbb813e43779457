/** When values of a source are replaced, and what happens when that fails. */
export interface RefreshOptions {
  /**
   * Longest time before the end of a value at which another is asked for in the background, in milliseconds.
   * @defaultValue 300000
   */
  readonly aheadMs?: number;
  /**
   * The same as a ratio of its life; the shorter of both counts.
   * @defaultValue 0.2
   */
  readonly aheadRatio?: number;
  /**
   * Part of that time over which chance spreads the question, so that the instances of a service do not ask at once.
   * @defaultValue 0.5
   */
  readonly jitterRatio?: number;
  /**
   * Longest time that a source is left alone after its first failure, in milliseconds. Chance draws from all of it, and
   * it doubles with each further failure. A value that holds goes on serving.
   * @defaultValue 1000
   */
  readonly cooldownMs?: number;
  /**
   * Longest time that doubling leads to, in milliseconds.
   * @defaultValue 60000
   */
  readonly maxCooldownMs?: number;
  /**
   * How long calls wait, in milliseconds, while a source gives the rejected value again: the successor of a revoked key
   * may take a moment to arrive where it is read from.
   * @defaultValue 2000
   */
  readonly waitMs?: number;
  /**
   * How long a source is not asked because of a 401, in milliseconds, once a value that took the place of a rejected
   * one was rejected too: then something else is wrong, and the 401 goes to the caller.
   * @defaultValue 60000
   */
  readonly pauseMs?: number;
}
