import { budgetDefaults } from './options.ts';
import { checkBudgetOptions } from './option-rules.ts';
import type { BudgetStats, RetryBudget, RetryBudgetOptions } from './retry-budget.ts';
import { RollingWindow, slices } from './rolling-window.ts';

/** Endpoints kept; above it the one goes that was silent for longest. A service has a handful. */
const maxEndpoints = 256;

/**
 * A budget for retries, to share between pipelines. Each `retry()` has one of its own without.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  checkBudgetOptions('retryBudget', options);
  return new Budget(options);
}

/** The budget that `retry()` works with; `undefined` where it is switched off. */
export function budgetOf(given: RetryBudget | RetryBudgetOptions | false): RetryBudget | undefined {
  if (given === false) return undefined;
  return 'tryRetry' in given ? given : new Budget(given);
}

class Budget implements RetryBudget {
  readonly options: Required<RetryBudgetOptions>;
  /** Retries in a window that need no success. */
  readonly #floor: number;
  readonly #all = new RollingWindow(0);
  readonly #endpoints = new Map<string, RollingWindow>();
  #slice = 0;

  constructor(given: RetryBudgetOptions) {
    const {
      ratio = budgetDefaults.ratio,
      minRetriesPerSecond = budgetDefaults.minRetriesPerSecond,
      windowMs = budgetDefaults.windowMs,
    } = given;
    this.options = Object.freeze({ ratio, minRetriesPerSecond, windowMs });
    this.#floor = (minRetriesPerSecond * windowMs) / 1000;
  }

  noteSuccess(origin: string, nowMs: number): void {
    this.#turn(nowMs);
    this.#all.addSuccess();
    this.#endpoint(origin).addSuccess();
  }

  tryRetry(origin: string, nowMs: number): boolean {
    this.#turn(nowMs);
    const endpoint = this.#endpoint(origin);
    if (this.#room(this.#all) < 1 || this.#room(endpoint) < 1) return false;
    this.#all.addRetry();
    endpoint.addRetry();
    return true;
  }

  stats(origin?: string, nowMs?: number): BudgetStats {
    if (nowMs !== undefined) this.#turn(nowMs);
    const window = origin === undefined ? this.#all : (this.#endpoints.get(origin) ?? new RollingWindow(this.#slice));
    window.turn(this.#slice);
    const { successes, retries } = window;
    return { successes, retries, remaining: Math.max(0, Math.floor(this.#room(window))) };
  }

  #room({ successes, retries }: RollingWindow): number {
    return this.options.ratio * successes + this.#floor - retries;
  }

  #turn(nowMs: number): void {
    const slice = Math.floor((nowMs * slices) / this.options.windowMs);
    if (slice <= this.#slice || !Number.isFinite(slice)) return;
    this.#slice = slice;
    this.#all.turn(slice);
  }

  /** The window of `origin` as of now. */
  #endpoint(origin: string): RollingWindow {
    let window = this.#endpoints.get(origin);
    if (window === undefined) {
      if (this.#endpoints.size >= maxEndpoints) this.#forgetOne();
      window = new RollingWindow(this.#slice);
      this.#endpoints.set(origin, window);
    } else window.turn(this.#slice);
    return window;
  }

  #forgetOne(): void {
    let oldest: string | undefined;
    let oldestSlice = Number.POSITIVE_INFINITY;
    for (const [origin, { slice }] of this.#endpoints) {
      if (slice >= oldestSlice) continue;
      oldest = origin;
      oldestSlice = slice;
    }
    if (oldest !== undefined) this.#endpoints.delete(oldest);
  }
}
