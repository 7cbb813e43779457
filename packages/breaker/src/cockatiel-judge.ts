import { CircuitState, SamplingBreaker } from 'cockatiel';
import { durationText } from './duration-text.ts';
import type { Judge, Ruling } from './judge.ts';
import type { Thresholds } from './options.ts';
import { sliceAt } from './rolling-counts.ts';

/** What `SamplingBreaker` gives and takes as its state, which its type declarations leave open. */
interface Sample {
  readonly windows: readonly { readonly startedAt: number; readonly failures: number; readonly successes: number }[];
  readonly currentWindow: number;
  readonly currentFailures: number;
  readonly currentSuccesses: number;
}

const slices = 10;
/** cockatiel turns its window by `Date.now()`, one step per call at most. What never began is never over. */
const nothing = () => ({ startedAt: Number.POSITIVE_INFINITY, failures: 0, successes: 0 });
/** cockatiel opens *above* its threshold, which lies between 0 and 1; a hair less makes ours inclusive. */
const hair = 1e-9;

/**
 * A `SamplingBreaker` of cockatiel's as judge. It counts and rules; its window is turned by our clock, through
 * the state that it offers for that: left to itself it would forget nothing after a silence.
 */
export class CockatielJudge implements Judge {
  readonly #breaker: SamplingBreaker;
  readonly #state: 'closed' | 'half_open';
  readonly #windowMs: number;
  #slice: number;

  constructor(state: 'closed' | 'half_open', thresholds: Thresholds, nowMs: number) {
    const { windowMs, minimumCalls, failureThreshold } = thresholds;
    this.#state = state;
    this.#windowMs = windowMs;
    this.#slice = sliceAt(nowMs, windowMs);
    this.#breaker = new SamplingBreaker({
      threshold: Math.max(Number.MIN_VALUE, failureThreshold * (1 - hair)),
      // A rate over a second of its own is a number of calls, and between two numbers nothing is rounded.
      duration: 1000,
      minimumRps: minimumCalls - 0.5,
    });
    this.#breaker.state = {
      windows: Array.from({ length: slices }, nothing),
      currentWindow: 0,
      currentFailures: 0,
      currentSuccesses: 0,
    } satisfies Sample;
  }

  count(verdict: 'ok' | 'fail', nowMs: number): Ruling {
    if (this.#state === 'closed') this.#turn(nowMs);
    const state = this.#state === 'closed' ? CircuitState.Closed : CircuitState.HalfOpen;
    if (verdict === 'fail') return this.#breaker.failure(state) ? 'open' : 'closed';
    this.#breaker.success(state);
    return 'closed';
  }

  failureRatio(nowMs: number): number | undefined {
    this.#turn(nowMs);
    const { currentFailures: failures, currentSuccesses: successes } = this.#breaker.state as Sample;
    return failures + successes === 0 ? undefined : failures / (failures + successes);
  }

  because(): string {
    const { currentFailures: failures, currentSuccesses: successes } = this.#breaker.state as Sample;
    return `${failures} of ${failures + successes} calls failed within ${durationText(this.#windowMs)}`;
  }

  open(): void {
    // It only counts; the circuit around it opens.
  }

  dispose(): void {
    // It keeps nothing running.
  }

  #turn(nowMs: number): void {
    const slice = sliceAt(nowMs, this.#windowMs);
    const steps = Math.min(slice - this.#slice, slices);
    if (steps <= 0) return;
    this.#slice = slice;
    const { windows, currentWindow } = this.#breaker.state as Sample;
    const kept = windows.map((window, index) =>
      (index - currentWindow - 1 + slices) % slices < steps ? nothing() : window,
    );
    this.#breaker.state = {
      windows: kept,
      currentWindow: (currentWindow + steps) % slices,
      currentFailures: kept.reduce((sum, { failures }) => sum + failures, 0),
      currentSuccesses: kept.reduce((sum, { successes }) => sum + successes, 0),
    } satisfies Sample;
  }
}
