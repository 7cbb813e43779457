import type { Clock, Outcome } from '@holdfast/core';
import type { Concurrency, Slot } from './concurrency.ts';

/** How an adaptive limit moves. */
export interface AdaptiveOptions {
  /** Where it starts. @defaultValue 20 */
  readonly initial?: number;
  /** It never falls below. @defaultValue 1 */
  readonly min?: number;
  /** It never rises above. @defaultValue 1000 */
  readonly max?: number;
  /**
   * How much slower than usual answers may begin before the limit falls: 2 is twice as slow.
   * @defaultValue 2; models vary more than the services that Netflix measured, where it is 1.5
   */
  readonly tolerance?: number;
}

/** The only place where a default stands. */
export const adaptiveDefaults: Required<AdaptiveOptions> = Object.freeze({
  initial: 20,
  min: 1,
  max: 1000,
  tolerance: 2,
});

/** How much one answer moves the latency that passes for usual: about the last 600 answers count. */
const longWeight = 1 / 600;
/** How much one answer moves the latency of now: about the last ten count. */
const shortWeight = 1 / 10;
/** How far the limit goes towards what one answer suggests. */
const smoothing = 0.2;
/** What is left of the limit when the upstream says that it is too much. */
const backOff = 0.9;

/**
 * As many calls at once as the upstream takes without slowing down. The limit follows the gradient of the latency
 * until the answer begins: where the latest are slower than usual by more than the tolerance it falls, and while it
 * is used and nothing gets slower it grows by the root of itself. An overload takes a tenth of it at once.
 *
 * @see https://github.com/Netflix/concurrency-limits — `Gradient2Limit`
 */
export class AdaptiveConcurrency implements Concurrency {
  onFree: () => void = () => undefined;
  readonly #options: Required<AdaptiveOptions>;
  readonly #clock: Clock;
  #limit: number;
  #inFlight = 0;
  #longMs: number | undefined;
  #shortMs = 0;
  /** Calls that began before the limit fell say how things were before. */
  #fellAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: Required<AdaptiveOptions>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#limit = Math.max(options.min, Math.min(options.max, options.initial));
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get hasRoom(): boolean {
    return this.#inFlight < this.limit;
  }

  enter(): Slot {
    const startMs = this.#clock.monotonic();
    const alongside = ++this.#inFlight;
    return {
      leave: (outcome) => {
        if (outcome !== undefined) this.#learn(outcome, startMs, alongside);
        this.#inFlight--;
        this.onFree();
      },
    };
  }

  #learn({ fault, ok, firstEventMs }: Outcome, startMs: number, alongside: number): void {
    if (fault?.trips === true || fault?.kind === 'rate_limited') {
      // A burst of them is one piece of news.
      if (startMs < this.#fellAtMs) return;
      this.#fellAtMs = this.#clock.monotonic();
      this.#set(this.#limit * backOff);
      return;
    }
    if (!ok || firstEventMs === undefined) return;
    const longMs = this.#measured(firstEventMs);
    const gradient = Math.max(0.5, Math.min(1, (this.#options.tolerance * longMs) / this.#shortMs));
    // Where few are under way it is not the limit that holds them.
    if (gradient === 1 && alongside < this.#limit / 2) return;
    const suggested = this.#limit * gradient + Math.sqrt(this.#limit);
    this.#set(this.#limit * (1 - smoothing) + suggested * smoothing);
  }

  #measured(latencyMs: number): number {
    const first = this.#longMs === undefined;
    const longMs = first ? latencyMs : (this.#longMs as number);
    this.#shortMs = first ? latencyMs : this.#shortMs + shortWeight * (latencyMs - this.#shortMs);
    this.#longMs = longMs + longWeight * (latencyMs - longMs);
    // After a long slow time the usual is let come down quickly.
    if (this.#longMs / this.#shortMs > 2) this.#longMs *= 0.95;
    return Math.max(this.#longMs, Number.MIN_VALUE);
  }

  #set(limit: number): void {
    const { min, max } = this.#options;
    this.#limit = Math.max(min, Math.min(max, limit));
  }
}
