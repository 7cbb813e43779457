import type { CircuitPermit } from './circuit-permit.ts';
import { durationText } from './duration-text.ts';
import type { Thresholds } from './options.ts';
import { RollingCounts } from './rolling-counts.ts';

/**
 * Which calls had to wait too long for their first content. A call counts once: as fast when its content comes
 * in time, as slow the moment its time is up, however it ends after that.
 */
export class SlowCalls {
  readonly #thresholds: Thresholds;
  readonly #counts: RollingCounts;
  /** Calls without content, oldest first. All have the same limit, so the first is always the next to be due. */
  readonly #waiting = new Set<CircuitPermit>();

  constructor(thresholds: Thresholds) {
    this.#thresholds = thresholds;
    this.#counts = new RollingCounts(thresholds.windowMs);
  }

  started(permit: CircuitPermit): void {
    this.#waiting.add(permit);
  }

  /** The call said nothing about its speed: it failed, or its caller went away. */
  ended(permit: CircuitPermit): void {
    this.#waiting.delete(permit);
  }

  /** Content came. Whether that was too late. */
  answered(permit: CircuitPermit, elapsedMs: number, nowMs: number): boolean {
    const isSlow = elapsedMs > this.#thresholds.slowCallMs;
    if (!this.#waiting.delete(permit)) return false;
    this.#counts.add(isSlow, nowMs);
    return isSlow;
  }

  /** Counts the call whose time was up first by `nowMs`, and tells when it was; `undefined` if there is none. */
  countOverdue(nowMs: number): number | undefined {
    if (this.#waiting.size === 0) return undefined;
    const oldest = this.#waiting.values().next().value as CircuitPermit;
    const dueMs = oldest.startedMs + this.#thresholds.slowCallMs;
    if (nowMs <= dueMs) return undefined;
    this.#waiting.delete(oldest);
    this.#counts.add(true, dueMs);
    return dueMs;
  }

  /** Whether the slow ones are too many. Looked at when a call was slow. */
  isTooMuch(): boolean {
    const { minimumCalls, slowCallThreshold } = this.#thresholds;
    const { bad, all } = this.#counts;
    return all >= minimumCalls && bad / all >= slowCallThreshold;
  }

  because(): string {
    const { slowCallMs, windowMs } = this.#thresholds;
    const { bad, all } = this.#counts;
    return `${bad} of ${all} calls had no content after ${durationText(slowCallMs)} within ${durationText(windowMs)}`;
  }
}
