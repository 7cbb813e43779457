/** How many retries a {@link RetryBudget} has room for. */
export interface RetryBudgetOptions {
  /**
   * Retries as a share of the successes in the window, as a ratio.
   * @defaultValue 0.2
   * @see https://finagle.github.io/blog/2016/02/08/retry-budgets
   */
  readonly ratio?: number;
  /**
   * Retries a second that there is room for without any success, so that a service with few calls, or one that has
   * just started, can retry at all.
   * @defaultValue 10
   * @see https://linkerd.io/2/tasks/configuring-retries
   */
  readonly minRetriesPerSecond?: number;
  /**
   * How far back successes and retries count, in milliseconds. The window moves in ten slices: a success is forgotten
   * when it is between nine tenths of this and all of it old, a retry when it is between all of it and eleven tenths.
   * @defaultValue 10000
   */
  readonly windowMs?: number;
}

/** Where a {@link RetryBudget} stands. */
export interface BudgetStats {
  readonly successes: number;
  readonly retries: number;
  /** Retries that there is room for now. */
  readonly remaining: number;
}

/**
 * What keeps retries a small share of the traffic, however many calls fail: each retry needs room, and successes make
 * it. Kept for every endpoint and for all of them together; a retry needs room in both. A process that gives the same
 * object to all of its pipelines has one budget.
 *
 * Whenever a retry is granted, the retries of the last `windowMs`, this one included, are at most
 * `ratio × successes + minRetriesPerSecond × windowMs / 1000`. A retry counts from when it is granted.
 *
 * Times are on the monotonic clock. One that runs back stands still here.
 */
export interface RetryBudget {
  readonly options: Required<RetryBudgetOptions>;
  /** Notes that `origin` gave an answer. */
  noteSuccess(origin: string, nowMs: number): void;
  /** Takes room for one retry at `origin`; `false` where there is none. */
  tryRetry(origin: string, nowMs: number): boolean;
  /** Of one endpoint, or of all of them together; as of `nowMs`, or of the last time that anything was noted. */
  stats(origin?: string, nowMs?: number): BudgetStats;
}
