import type { Random } from '@holdfast/core';
import { ExponentialBackoff, noJitterGenerator, type IBackoff } from 'cockatiel';
import { decorrelatedMs } from './decorrelated.ts';
import type { ResolvedRetryOptions } from './options.ts';

/** A server-given wait is spread over at least this long, in milliseconds. */
const leastSpreadMs = 100;

/**
 * The waits of one call, one after the other. A server-given wait is a floor with jitter on top;
 * without one, delays grow exponentially (cockatiel's generator) under full jitter, or under decorrelated jitter.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class WaitPlan {
  readonly #options: ResolvedRetryOptions;
  readonly #random: Random;
  #step: IBackoff<unknown> | undefined;
  #previousMs: number | undefined;

  constructor(options: ResolvedRetryOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** The next wait, in milliseconds. Never shorter than `serverWaitMs`. */
  nextMs(serverWaitMs: number | undefined): number {
    const ownMs = this.#advance();
    if (serverWaitMs === undefined) return ownMs;
    const spreadMs = Math.max(leastSpreadMs, serverWaitMs * this.#options.jitterRatio);
    return serverWaitMs + this.#random() * spreadMs;
  }

  #advance(): number {
    const { backoff, jitter, initialDelayMs, maxDelayMs } = this.#options;
    if (backoff !== undefined) {
      this.#step = this.#step === undefined ? backoff.next(undefined) : this.#step.next(undefined);
      return this.#step.duration;
    }
    if (jitter === 'decorrelated') {
      const range = { initialDelayMs, maxDelayMs, previousMs: this.#previousMs };
      return (this.#previousMs = decorrelatedMs(range, this.#random));
    }
    this.#step = this.#step?.next(undefined) ?? exponential(initialDelayMs, maxDelayMs);
    return this.#random() * this.#step.duration;
  }
}

const exponential = (initialDelay: number, maxDelay: number): IBackoff<unknown> =>
  new ExponentialBackoff({ generator: noJitterGenerator, initialDelay, maxDelay }).next();
