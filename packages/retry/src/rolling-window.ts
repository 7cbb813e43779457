/** Slices that a window is wide. */
export const slices = 10;

/** One slice more is kept, for retries. */
const slots = slices + 1;

/**
 * Successes and retries within a moving window. Moves when somebody notes or looks, so that it needs no timer and a
 * long silence costs nothing.
 *
 * Of the slice that the window has partly left, retries still count and successes no longer do: what is granted on
 * these numbers would be granted on the exact ones.
 */
export class RollingWindow {
  readonly #successesBySlot: number[] = Array.from({ length: slots }, () => 0);
  readonly #retriesBySlot: number[] = Array.from({ length: slots }, () => 0);
  #slice: number;
  #successes = 0;
  #retries = 0;

  constructor(slice: number) {
    this.#slice = slice;
  }

  /** The latest slice that it has seen. */
  get slice(): number {
    return this.#slice;
  }

  get successes(): number {
    return this.#successes;
  }

  get retries(): number {
    return this.#retries;
  }

  addSuccess(): void {
    (this.#successesBySlot[this.#slice % slots] as number)++;
    this.#successes++;
  }

  addRetry(): void {
    (this.#retriesBySlot[this.#slice % slots] as number)++;
    this.#retries++;
  }

  /** Forgets what has left the window by `slice`. Does nothing for an earlier one. */
  turn(slice: number): void {
    for (let steps = Math.min(slice - this.#slice, slots); steps > 0; steps--) {
      // After a long silence only the last steps are taken; there is nothing left for the others to forget.
      this.#slice = slice - steps + 1;
      const next = this.#slice % slots;
      this.#retries -= this.#retriesBySlot[next] as number;
      this.#retriesBySlot[next] = 0;
      const left = (this.#slice + 1) % slots;
      this.#successes -= this.#successesBySlot[left] as number;
      this.#successesBySlot[left] = 0;
    }
  }
}
