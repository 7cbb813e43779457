import { guardTimer, type Clock, type Timer } from '@holdfast/core';

/** One timer that fires too soon rather than be moved: whoever it wakes looks, and sets it again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #timer: Timer | undefined;
  #firesMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** Wakes no later than at `atMs` on the monotonic clock. */
  setBy(atMs: number): void {
    if (atMs >= this.#firesMs) return;
    this.#timer?.cancel();
    this.#firesMs = atMs;
    this.#timer = this.#clock.setTimer(this.#fired, atMs - this.#clock.monotonic(), guardTimer);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#forget();
  }

  readonly #fired = (): void => {
    this.#forget();
    this.#wake();
  };

  #forget(): void {
    this.#timer = undefined;
    this.#firesMs = Number.POSITIVE_INFINITY;
  }
}
