import { tellsWindow, type ToldLimit } from './limit-headers.ts';

/** Windows that limits are kept over, in milliseconds: a minute, an hour, a day. */
const windowsMs = [60_000, 3_600_000, 86_400_000] as const;

/** How things stood when a request was sent. */
export interface Mark {
  /** Its place among all that were sent, from 1. */
  readonly order: number;
  /** All that had been taken by then, its own share included. */
  readonly taken: number;
}

/**
 * What is left of one limit. It fills up again evenly, as the API's own does, and follows what answers tell: the
 * server knows what others have taken. Nothing known is nothing limited.
 *
 * An answer tells how things stood when its request was counted. What was sent later is not in it, so each request
 * gets a mark when it is sent, and what lies between that and now is taken off what the server tells.
 */
export class Bucket {
  #limit: number | undefined;
  #windowMs: number = windowsMs[0];
  #level = 0;
  #atMs = 0;
  /** All that was ever taken and not released. */
  #taken = 0;
  /** Place of the latest request whose answer was believed; older answers are news of the past. */
  #believed = 0;

  /** Per window; `undefined` if not known. */
  get limit(): number | undefined {
    return this.#limit;
  }

  get windowMs(): number {
    return this.#windowMs;
  }

  /** Whether the server has told. */
  get isTold(): boolean {
    return this.#believed > 0;
  }

  /** What comes back in a millisecond. */
  get ratePerMs(): number {
    return (this.#limit ?? Number.POSITIVE_INFINITY) / this.#windowMs;
  }

  /** Sets a limit that somebody else told, full. */
  assume(limit: number, nowMs: number): void {
    this.#limit = limit;
    this.#level = limit;
    this.#atMs = nowMs;
  }

  /** Forgets what the server told, and goes back to what somebody else did. */
  forget(assumed: number | undefined, nowMs: number): void {
    if (!this.isTold) return;
    this.#believed = 0;
    this.#limit = undefined;
    this.#windowMs = windowsMs[0];
    if (assumed !== undefined) this.assume(assumed, nowMs);
  }

  /** What is left now; infinite if no limit is known, and below zero if more was taken than there was. */
  level(nowMs: number): number {
    if (this.#limit === undefined) return Number.POSITIVE_INFINITY;
    const gained = Math.max(0, nowMs - this.#atMs) * this.ratePerMs;
    this.#level = Math.min(this.#limit, this.#level + gained);
    this.#atMs = Math.max(this.#atMs, nowMs);
    return this.#level;
  }

  /**
   * How long until `amount` is there, in milliseconds, once others have taken what is `ahead` of it. What is larger
   * than the limit needs all of it.
   */
  waitMs(amount: number, nowMs: number, ahead = 0): number {
    if (this.#limit === undefined) return 0;
    const missing = ahead + Math.min(amount, this.#limit) - this.level(nowMs);
    // A rest that is smaller than what sums of fractions lose is none.
    return missing <= 1e-6 ? 0 : missing / this.ratePerMs;
  }

  /** Takes `amount`, whether it is there or not, and gives what has been taken so far. */
  take(amount: number, nowMs: number): number {
    this.level(nowMs);
    this.#level -= amount;
    return (this.#taken += amount);
  }

  /** Puts back what an answer did not need after all; a negative amount takes more. */
  giveBack(amount: number, nowMs: number): void {
    if (this.#limit !== undefined) this.#level = Math.min(this.#limit, this.level(nowMs) + amount);
  }

  /** Puts back what a request took that was never sent. @param order - its place among those that were. */
  release(amount: number, order: number, nowMs: number): void {
    this.#taken -= amount;
    // The answer to a later one told without it.
    if (order > this.#believed) this.giveBack(amount, nowMs);
  }

  /**
   * Believes what an answer tells.
   *
   * @param mark - of the request that was answered.
   * @returns whether the limit is another one than before.
   */
  believe({ limit, remaining, resetMs }: ToldLimit, { order, taken }: Mark, nowMs: number): boolean {
    if (order < this.#believed) return false;
    this.#believed = order;
    const isNew = limit !== this.#limit;
    if (isNew) this.#windowMs = windowsMs[0];
    if (resetMs !== undefined && tellsWindow(limit, remaining))
      this.#windowMs = windowOf((resetMs * limit) / (limit - remaining));
    this.#limit = limit;
    this.#level = Math.min(limit, remaining - Math.max(0, this.#taken - taken));
    this.#atMs = nowMs;
    return isNew;
  }
}

/** The window that a measured one is nearest to, by ratio. */
function windowOf(measuredMs: number): number {
  const distance = (windowMs: number): number => Math.abs(Math.log(measuredMs / windowMs));
  return windowsMs.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}
