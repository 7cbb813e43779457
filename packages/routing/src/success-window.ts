/**
 * Successes and failures of about the last `windowMs`, in two halves of which the older one is dropped when somebody
 * looks and its time is over. No timer, and four numbers however many calls there are.
 */
export class SuccessWindow {
  readonly #halfMs: number;
  #startMs = Number.NEGATIVE_INFINITY;
  #successes = 0;
  #failures = 0;
  #olderSuccesses = 0;
  #olderFailures = 0;

  constructor(windowMs: number) {
    this.#halfMs = windowMs / 2;
  }

  note(isFailure: boolean, nowMs: number): void {
    this.#rotate(nowMs);
    if (isFailure) this.#failures++;
    else this.#successes++;
  }

  successes(nowMs: number): number {
    this.#rotate(nowMs);
    return this.#successes + this.#olderSuccesses;
  }

  failures(nowMs: number): number {
    this.#rotate(nowMs);
    return this.#failures + this.#olderFailures;
  }

  clear(): void {
    this.#startMs = Number.NEGATIVE_INFINITY;
    this.#successes = this.#failures = this.#olderSuccesses = this.#olderFailures = 0;
  }

  #rotate(nowMs: number): void {
    const ageMs = nowMs - this.#startMs;
    if (ageMs < this.#halfMs) return;
    const isNext = ageMs < 2 * this.#halfMs;
    this.#olderSuccesses = isNext ? this.#successes : 0;
    this.#olderFailures = isNext ? this.#failures : 0;
    this.#successes = this.#failures = 0;
    this.#startMs = isNext ? this.#startMs + this.#halfMs : nowMs;
  }
}
