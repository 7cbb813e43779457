/** Longest time that nothing goes, in milliseconds: no limit is kept over more than a day. */
const longestMs = 86_400_000;

/** A time in which nothing goes, because the upstream said so. */
export class Freeze {
  #untilMs = Number.NEGATIVE_INFINITY;
  #forMs = 0;

  /** When it ends, on the monotonic clock. */
  get untilMs(): number {
    return this.#untilMs;
  }

  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }

  end(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY;
    this.#forMs = 0;
  }

  /**
   * Freezes for `forMs` from now, or for longer where it was frozen for longer.
   *
   * @returns whether that is news: a burst of calls comes back with a burst of 429s, each of which says the same.
   */
  extend(forMs: number, nowMs: number): boolean {
    const untilMs = nowMs + Math.min(forMs, longestMs);
    if (untilMs <= this.#untilMs) return false;
    const isNews = this.leftMs(nowMs) === 0 || forMs > this.#forMs;
    this.#untilMs = untilMs;
    if (isNews) this.#forMs = forMs;
    return isNews;
  }
}
