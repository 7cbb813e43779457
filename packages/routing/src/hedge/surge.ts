/** This many overdue calls at the same time are no chance. */
const handful = 5;
/** Overdue calls are too many from this multiple of what the percentile lets expect. */
const tooMany = 3;

/**
 * Tells whether everything is slow, when a second request would be as slow as the first and one more to be answered.
 *
 * The law: a leaky bucket. A call that reaches its hedging point adds one; a call that is answered before takes out
 * what keeps the level where it is while three times `1 − percentile` of the calls are overdue. At five it is full:
 * no hedge is sent until it has not been full for a while. So it is full at the fifth of five overdue calls in a row,
 * soon where the share of them is far above what is expected, and almost never where it is as expected.
 *
 * @see E. S. Page, Continuous Inspection Schemes, Biometrika 41, 1954 — such a sum is the quickest test for a change
 */
export class Surge {
  readonly #leak: number;
  readonly #calmMs: number;
  #level = 0;
  #fullMs = Number.NEGATIVE_INFINITY;

  constructor(percentile: number, calmMs: number) {
    const late = 1 - percentile;
    // Half of what is left for a percentile so low that three times as many would be all.
    const limit = Math.min(tooMany * late, (1 + late) / 2);
    this.#leak = limit / (1 - limit);
    this.#calmMs = calmMs;
  }

  /** A call was answered before its hedging point. */
  inTime(): void {
    this.#level = Math.max(0, this.#level - this.#leak);
  }

  /** A call has reached its hedging point. */
  overdue(nowMs: number): void {
    this.#level = Math.min(handful, this.#level + 1);
    if (this.#level === handful) this.#fullMs = nowMs;
  }

  /** What was slow is usual from now on. */
  reset(): void {
    this.#level = 0;
    this.#fullMs = Number.NEGATIVE_INFINITY;
  }

  /** Whether everything is slow, or was a moment ago. */
  isOn(nowMs: number): boolean {
    return this.#level === handful || nowMs - this.#fullMs < this.#calmMs;
  }
}
