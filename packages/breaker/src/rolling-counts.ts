/** Slices that the window moves in. */
const slices = 10;

/** Index of the slice of a window of `windowMs` that `nowMs` lies in. */
export const sliceAt = (nowMs: number, windowMs: number): number => Math.floor((nowMs / windowMs) * slices);

/**
 * What happened within a moving window, bad and in all, in ten slices. Turned when somebody counts or looks,
 * so it needs no timer, and a long silence costs nothing.
 */
export class RollingCounts {
  readonly #windowMs: number;
  /** Two numbers for each slice: bad, all. Made at the first outcome, as most circuits are idle. */
  #slots: number[] | undefined;
  #slice = 0;
  #bad = 0;
  #all = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get bad(): number {
    return this.#bad;
  }

  get all(): number {
    return this.#all;
  }

  add(isBad: boolean, nowMs: number): void {
    this.turn(nowMs);
    const slots = (this.#slots ??= Array.from({ length: 2 * slices }, () => 0));
    const at = 2 * (this.#slice % slices);
    (slots[at + 1] as number)++;
    this.#all++;
    if (!isBad) return;
    (slots[at] as number)++;
    this.#bad++;
  }

  /** Forgets what has left the window by `nowMs`. */
  turn(nowMs: number): void {
    const slice = sliceAt(nowMs, this.#windowMs);
    const steps = Math.min(slice - this.#slice, slices);
    if (steps <= 0) return;
    const slots = this.#slots;
    for (let step = 0; slots !== undefined && step < steps; step++) {
      const at = 2 * ((slice - step) % slices);
      this.#bad -= slots[at] as number;
      this.#all -= slots[at + 1] as number;
      slots[at] = 0;
      slots[at + 1] = 0;
    }
    this.#slice = slice;
  }
}
