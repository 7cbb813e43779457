import type { Clock } from '@holdfast/core';

/** Counts the time in which somebody waits. It runs from the beginning. */
export class Stopwatch {
  readonly #clock: Clock;
  #countedMs = 0;
  #sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonic();
  }

  get isRunning(): boolean {
    return this.#sinceMs !== undefined;
  }

  elapsedMs(): number {
    return this.#sinceMs === undefined ? this.#countedMs : this.#countedMs + this.#clock.monotonic() - this.#sinceMs;
  }

  start(): void {
    this.#sinceMs ??= this.#clock.monotonic();
  }

  stop(): void {
    this.#countedMs = this.elapsedMs();
    this.#sinceMs = undefined;
  }
}
