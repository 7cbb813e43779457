import type { Call, Clock, Outcome, Usage } from '@holdfast/core';
import { Allowance, type Taken } from './allowance.ts';
import { TokenEstimate } from './estimate.ts';
import { Ledger } from './ledger.ts';
import type { ModelLimits, ResolvedRateLimitOptions } from './options.ts';

/** Answers that the estimate is calibrated by before it looks only at every 64th. */
const calibrationCalls = 20;
const calibrateEvery = 64;

/** What calls take of their limits: reserved when they go, and settled or released when they end. */
export class Reservations {
  readonly allowance: Allowance;
  readonly ledger: Ledger = new Ledger();
  readonly #assumed: ModelLimits;
  readonly #clock: Clock;
  readonly #estimate: TokenEstimate;
  #answers = 0;

  /** @param family - of models, whose limits `options` may tell. */
  constructor(family: string, options: ResolvedRateLimitOptions, clock: Clock) {
    this.#clock = clock;
    this.allowance = new Allowance(options.spreadMs);
    this.#estimate = new TokenEstimate(options.countTokens);
    this.#assumed = limitsOf(family, options);
    const { requestsPerMinute, tokensPerMinute } = this.#assumed;
    const nowMs = clock.monotonic();
    if (requestsPerMinute !== undefined) this.allowance.requests.assume(requestsPerMinute, nowMs);
    if (tokensPerMinute !== undefined) this.allowance.tokens.assume(tokensPerMinute, nowMs);
  }

  /** Forgets what answers told of limits; those of the options hold again. */
  forget(): void {
    const { requestsPerMinute: requests, tokensPerMinute: tokens } = this.#assumed;
    this.allowance.forget({ requests, tokens }, this.#clock.monotonic());
  }

  /** Tokens that a call takes. Where none are limited, nobody looks for them. */
  tokensOf(call: Call): number {
    return this.allowance.countsTokens ? Math.min(this.#estimate.of(call), this.allowance.mostTokens) : 1;
  }

  /** @param waiting - how many wait for their turn after this one. */
  reserve(tokens: number, nowMs: number, waiting: number): Taken {
    this.ledger.reserve(tokens);
    return this.allowance.take(tokens, nowMs, waiting);
  }

  /** The call was never sent. */
  release(taken: Taken): void {
    this.allowance.release(taken, this.#clock.monotonic());
    this.ledger.release(taken.tokens);
  }

  /** The call took what was reserved, as far as anybody knows. */
  keep({ tokens }: Taken): void {
    this.ledger.settle(tokens, tokens);
  }

  /** Reading usage has its price; where the server tells what is left, it only calibrates. */
  wantsUsage(): boolean {
    if (!this.allowance.countsTokens) return false;
    const isEnough = this.allowance.tokens.isTold && this.#answers >= calibrationCalls;
    return this.#answers++ % calibrateEvery === 0 || !isEnough;
  }

  /** The call ended, and its answer may tell what it took. */
  settle(call: Call, taken: Taken, outcome: Outcome): void {
    const usage = outcome.ok ? outcome.usage : undefined;
    const usedTokens = usage && totalOf(usage);
    if (usage === undefined || usedTokens === undefined) {
      this.keep(taken);
      return;
    }
    this.#estimate.learn(call, usage);
    if (usedTokens !== taken.tokens) this.allowance.settle(taken.tokens - usedTokens, this.#clock.monotonic());
    this.ledger.settle(taken.tokens, usedTokens);
  }
}

/** Tokens of an answer; `undefined` for one that tells none, or nonsense. */
function totalOf({ inputTokens, outputTokens }: Usage): number | undefined {
  const total = inputTokens + outputTokens;
  return total > 0 && Number.isSafeInteger(total) ? total : undefined;
}

/** What the options tell of a family of models. */
const limitsOf = (family: string, { limits }: ResolvedRateLimitOptions): ModelLimits =>
  (Object.hasOwn(limits, family) ? limits[family] : limits['*']) ?? {};
