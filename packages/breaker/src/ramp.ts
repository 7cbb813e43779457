/** Share that goes when a circuit has just closed. */
const firstShare = 0.1;
/** Longest time that a refused call is told to wait: by then many others had their turn. */
const longestWaitMs = 1000;

/**
 * The way back to full traffic: a share of the calls that grows from a tenth to all of them in a straight line.
 * Each call adds the share to a credit and goes where that makes a whole, so the share holds to within one call
 * over any stretch of time, without chance.
 */
export class Ramp {
  readonly #startMs: number;
  readonly #lengthMs: number;
  /** The first call goes. */
  #credit = 1;

  constructor(startMs: number, lengthMs: number) {
    this.#startMs = startMs;
    this.#lengthMs = lengthMs;
  }

  isOver(nowMs: number): boolean {
    return nowMs - this.#startMs >= this.#lengthMs;
  }

  /** Since when it runs. */
  runMs(nowMs: number): number {
    return nowMs - this.#startMs;
  }

  /** How long a call that was refused does well to wait. */
  waitMs(nowMs: number): number {
    return Math.min(longestWaitMs, this.#startMs + this.#lengthMs - nowMs);
  }

  /** Whether the next call is among those that go. */
  admits(nowMs: number): boolean {
    this.#credit += firstShare + (1 - firstShare) * (this.runMs(nowMs) / this.#lengthMs);
    if (this.#credit < 1) return false;
    this.#credit--;
    return true;
  }
}
