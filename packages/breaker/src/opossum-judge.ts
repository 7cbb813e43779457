import { EventEmitter } from 'node:events';
import CircuitBreaker from 'opossum';
import { durationText } from './duration-text.ts';
import type { Judge, Ruling } from './judge.ts';
import type { Thresholds } from './options.ts';

type Verdict = 'ok' | 'fail';

/** Slices that the window moves in. */
const slices = 10;

/** opossum imports an exported state, which its type declarations do not know yet. */
interface StatefulOptions extends CircuitBreaker.Options<[Verdict]> {
  readonly state: Pick<CircuitBreaker.State, 'closed' | 'halfOpen'>;
}

/** A method of opossum's `Status` that its type declarations do not know. */
interface Statistics extends CircuitBreaker.Status {
  increment(property: 'fires' | 'successes', latencyMs?: number): void;
}

/** Carries no story: the fault is on record with the call that had it. */
const failure = new Error('the call failed');
const ignore = (): void => undefined;

/**
 * opossum asks the result of an action for `then` and `catch` and nothing else. Answering at once makes
 * its decision synchronous, so a call that comes right after an end meets the state that the end led to.
 */
const success = {
  // oxlint-disable-next-line unicorn/no-thenable -- it is meant to be one, and nobody awaits it
  then(onFulfilled: () => void) {
    onFulfilled();
    return success;
  },
  catch: () => success,
} as unknown as Promise<void>;

/** The action that opossum guards: gives back how the call ended, which is known by then. */
function replay(verdict: Verdict): Promise<void> {
  if (verdict === 'fail') throw failure;
  return success;
}

/**
 * A real opossum breaker as judge. It is fired when an outcome is known and not when a call starts,
 * because opossum divides failures by *starts*: streams under way would hide those that failed, and
 * what says nothing about the upstream would count as a success.
 */
export class OpossumJudge implements Judge {
  readonly #breaker: CircuitBreaker<[Verdict], void>;
  readonly #windowMs: number;
  /** Turns opossum's window. It would keep an interval per circuit if it were not given one. */
  readonly #rotation = new EventEmitter();
  #slice: number;

  constructor(key: string, state: 'closed' | 'half_open', thresholds: Thresholds, nowMs: number) {
    this.#windowMs = thresholds.windowMs;
    this.#slice = this.#sliceAt(nowMs);
    const options: StatefulOptions = {
      name: key,
      state: { closed: state === 'closed', halfOpen: state === 'half_open' },
      timeout: false,
      rollingCountTimeout: thresholds.windowMs,
      rollingCountBuckets: slices,
      rotateBucketController: this.#rotation,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      volumeThreshold: thresholds.minimumCalls,
      // opossum opens *above* its percentage; the next number below makes ours inclusive.
      errorThresholdPercentage: thresholds.failureThreshold * 100 * (1 - Number.EPSILON / 2),
    };
    this.#breaker = new CircuitBreaker(replay, options);
  }

  count(verdict: Verdict, nowMs: number): Ruling {
    this.#rotate(nowMs);
    if (verdict === 'ok' && this.#breaker.closed) return this.#countSuccess();
    const result = this.#breaker.fire(verdict);
    if (verdict === 'fail') result.catch(ignore);
    return this.#breaker.closed ? 'closed' : this.#breaker.opened ? 'open' : 'half_open';
  }

  /** While closed, all that a success changes are opossum's statistics; firing for that would cost 3 µs. */
  #countSuccess(): Ruling {
    const statistics = this.#breaker.status as Statistics;
    statistics.increment('fires');
    statistics.increment('successes', 0);
    return 'closed';
  }

  open(): void {
    this.#breaker.open();
  }

  failureRatio(nowMs: number): number | undefined {
    this.#rotate(nowMs);
    const { failures, fires } = this.#breaker.stats;
    return fires === 0 ? undefined : failures / fires;
  }

  because(): string {
    const { failures, fires } = this.#breaker.stats;
    return `${failures} of ${fires} calls failed within ${durationText(this.#windowMs)}`;
  }

  dispose(): void {
    // Clears the reset timer that opossum set when it opened: our own clock says when to try again.
    this.#breaker.shutdown();
  }

  #rotate(nowMs: number): void {
    const slice = this.#sliceAt(nowMs);
    for (let turn = Math.min(slice - this.#slice, slices); turn > 0; turn--) this.#rotation.emit('rotate');
    this.#slice = slice;
  }

  #sliceAt(nowMs: number): number {
    return Math.floor((nowMs / this.#windowMs) * slices);
  }
}
