import { durationText } from './duration-text.ts';
import type { Judge, Ruling } from './judge.ts';
import type { Thresholds } from './options.ts';
import { RollingCounts } from './rolling-counts.ts';

/** The judge that needs no library: counts in ten slices, and a ratio. */
export class WindowJudge implements Judge {
  readonly #state: 'closed' | 'half_open';
  readonly #thresholds: Thresholds;
  readonly #counts: RollingCounts;

  constructor(state: 'closed' | 'half_open', thresholds: Thresholds) {
    this.#state = state;
    this.#thresholds = thresholds;
    this.#counts = new RollingCounts(thresholds.windowMs);
  }

  count(verdict: 'ok' | 'fail', nowMs: number): Ruling {
    if (this.#state === 'half_open') return verdict === 'ok' ? 'closed' : 'open';
    this.#counts.add(verdict === 'fail', nowMs);
    return verdict === 'fail' && this.#isTooMuch() ? 'open' : 'closed';
  }

  failureRatio(nowMs: number): number | undefined {
    this.#counts.turn(nowMs);
    const { bad, all } = this.#counts;
    return all === 0 ? undefined : bad / all;
  }

  because(): string {
    const { bad, all } = this.#counts;
    return `${bad} of ${all} calls failed within ${durationText(this.#thresholds.windowMs)}`;
  }

  open(): void {
    // Whatever opened the circuit, a judge is made anew for the next stay.
  }

  dispose(): void {
    // Nothing runs.
  }

  #isTooMuch(): boolean {
    const { minimumCalls, failureThreshold } = this.#thresholds;
    const { bad, all } = this.#counts;
    return all >= minimumCalls && bad / all >= failureThreshold;
  }
}
