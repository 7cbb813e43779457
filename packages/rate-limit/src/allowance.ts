import type { HeaderSource } from '@holdfast/core';
import { Bucket } from './bucket.ts';
import { tellsLimits, toldLimit, type LimitKind } from './limit-headers.ts';

/** What a call takes, and what had been taken of each bucket when it was sent. */
export interface Taken {
  readonly tokens: number;
  /** Its place among all that were sent, from 1. */
  readonly order: number;
  readonly requestsSoFar: number;
  readonly tokensSoFar: number;
}

/** One limit has become known, or another one. */
export interface LimitChange {
  readonly kind: LimitKind;
  readonly limit: number;
  readonly before: number | undefined;
}

/** How late timers may be, in milliseconds. Those who were due in the meantime go together. */
const lateMs = 5;

/** How old news of limits may be while more than half of each is left, in milliseconds. */
const freshMs = 250;

const noChanges: readonly LimitChange[] = Object.freeze([]);

/** The buckets that calls to one model family take from: requests, tokens, and tokens of the project. */
export class Allowance {
  readonly requests: Bucket = new Bucket();
  readonly tokens: Bucket = new Bucket();
  readonly projectTokens: Bucket = new Bucket();
  readonly #spreadMs: number;
  #nextMs = Number.NEGATIVE_INFINITY;
  #thawMs: number | undefined;
  #order = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  /** @param spreadMs - over how long what is left is spread, once half of a limit is spent. */
  constructor(spreadMs: number) {
    this.#spreadMs = spreadMs;
  }

  /** Whether tokens are counted at all. */
  get countsTokens(): boolean {
    return this.tokens.limit !== undefined || this.projectTokens.limit !== undefined;
  }

  /** What a call can take at most: no more than there ever is. */
  get mostTokens(): number {
    return Math.max(this.tokens.limit ?? 0, this.projectTokens.limit ?? 0);
  }

  /** How long until a call of `tokens` may go, if it is the next one, in milliseconds. */
  readyInMs(tokens: number, nowMs: number): number {
    return this.expectedMs(tokens, nobody, nowMs);
  }

  /** The same with others before it. */
  expectedMs(tokens: number, ahead: { readonly calls: number; readonly tokens: number }, nowMs: number): number {
    return Math.max(
      this.#nextMs - nowMs,
      this.requests.waitMs(1, nowMs, ahead.calls),
      this.tokens.waitMs(tokens, nowMs, ahead.tokens),
      this.projectTokens.waitMs(tokens, nowMs, ahead.tokens),
    );
  }

  /**
   * Takes what a call needs, whether it is there or not, and spreads those after it.
   *
   * @param waiting - how many of those there are.
   */
  take(tokens: number, nowMs: number, waiting = 0): Taken {
    if (this.#thawMs !== undefined) this.#spreadThaw(this.#thawMs, nowMs, waiting);
    if (this.requests.limit !== undefined || this.countsTokens) this.#spread(tokens, nowMs);
    const requestsSoFar = this.requests.take(1, nowMs);
    const tokensSoFar = this.tokens.take(tokens, nowMs);
    this.projectTokens.take(tokens, nowMs);
    return { tokens, order: ++this.#order, requestsSoFar, tokensSoFar };
  }

  /** Puts back what a call took that was never sent. */
  release({ tokens, order }: Taken, nowMs: number): void {
    this.requests.release(1, order, nowMs);
    this.tokens.release(tokens, order, nowMs);
    this.projectTokens.release(tokens, order, nowMs);
  }

  /** What a call really took is known: `unusedTokens` less. Where the server tells, it has counted for itself. */
  settle(unusedTokens: number, nowMs: number): void {
    if (!this.tokens.isTold) this.tokens.giveBack(unusedTokens, nowMs);
    if (!this.projectTokens.isTold) this.projectTokens.giveBack(unusedTokens, nowMs);
  }

  /** Nothing goes until `untilMs`; those who wait then go one after the other, where no limit spreads them. */
  thaw(untilMs: number): void {
    this.#thawMs = untilMs;
  }

  /** Whether what an answer tells is of no interest: a moment ago another one has told, and there is plenty of all. */
  isFresh(nowMs: number): boolean {
    if (nowMs - this.#toldMs >= freshMs) return false;
    return isPlenty(this.requests, nowMs) && isPlenty(this.tokens, nowMs) && isPlenty(this.projectTokens, nowMs);
  }

  /** Follows what an answer tells. */
  believe(headers: HeaderSource, { order, requestsSoFar, tokensSoFar }: Taken, nowMs: number): readonly LimitChange[] {
    this.#toldMs = nowMs;
    if (!tellsLimits(headers)) return noChanges;
    let changes: LimitChange[] | undefined;
    const follow = (kind: LimitKind, bucket: Bucket, taken: number): void => {
      const told = toldLimit(headers, kind);
      const before = bucket.limit;
      if (told !== undefined && bucket.believe(told, { order, taken }, nowMs))
        (changes ??= []).push({ kind, limit: told.limit, before });
    };
    follow('requests', this.requests, requestsSoFar);
    follow('tokens', this.tokens, tokensSoFar);
    follow('project-tokens', this.projectTokens, tokensSoFar);
    return changes ?? noChanges;
  }

  /** Forgets what answers told, and goes back to what options did, per minute. */
  forget(assumed: { readonly requests: number | undefined; readonly tokens: number | undefined }, nowMs: number): void {
    this.requests.forget(assumed.requests, nowMs);
    this.tokens.forget(assumed.tokens, nowMs);
    this.projectTokens.forget(undefined, nowMs);
    this.#nextMs = Number.NEGATIVE_INFINITY;
    this.#thawMs = undefined;
  }

  /** Divides what is left of the thaw among those who still wait. */
  #spreadThaw(thawMs: number, nowMs: number, waiting: number): void {
    if (nowMs < thawMs) return;
    // From where the last one was due and not from when it went: timers are late, and those who are many would pile up.
    const fromMs = Math.max(this.#nextMs, thawMs);
    const leftMs = thawMs + this.#spreadMs - fromMs;
    if (waiting === 0 || leftMs <= 0) this.#thawMs = undefined;
    else if (this.requests.limit === undefined) this.#nextMs = fromMs + leftMs / (waiting + 1);
  }

  #spread(tokens: number, nowMs: number): void {
    const intervalMs = Math.max(
      this.#intervalMs(this.requests, 1, nowMs),
      this.#intervalMs(this.tokens, tokens, nowMs),
      this.#intervalMs(this.projectTokens, tokens, nowMs),
    );
    if (intervalMs > 0) this.#nextMs = Math.max(this.#nextMs, nowMs - lateMs) + intervalMs;
  }

  /** Above half of a limit calls go as they come; below, so that what is left lasts for a while. */
  #intervalMs(bucket: Bucket, amount: number, nowMs: number): number {
    const { limit } = bucket;
    if (limit === undefined || this.#spreadMs === 0 || isPlenty(bucket, nowMs)) return 0;
    const level = Math.max(0, bucket.level(nowMs));
    return Math.min(amount, limit) / (bucket.ratePerMs + level / this.#spreadMs);
  }
}

/** Whether more than half of a limit is left. */
const isPlenty = (bucket: Bucket, nowMs: number): boolean =>
  bucket.limit === undefined || bucket.level(nowMs) > bucket.limit / 2;

const nobody = Object.freeze({ calls: 0, tokens: 0 });
