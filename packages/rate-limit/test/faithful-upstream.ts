import type { Clock } from '@holdfast/core';
import { errorAnswer, jsonAnswer } from '@holdfast/testkit';

interface Bucket {
  readonly limit: number;
  level: number;
  atMs: number;
}

/** What a server of the test limits to, per minute. */
export interface Limits {
  readonly requests: number;
  readonly tokens: number;
}

/** A server that limits as the API does: buckets that fill evenly, told in every answer. */
export class FaithfulUpstream {
  refused = 0;
  served = 0;
  readonly #clock: Clock;
  readonly #requests: Bucket;
  readonly #tokens: Bucket;

  constructor(clock: Clock, { requests, tokens }: Limits) {
    this.#clock = clock;
    this.#requests = { limit: requests, level: requests, atMs: 0 };
    this.#tokens = { limit: tokens, level: tokens, atMs: 0 };
  }

  /** Counts a request of `tokens` the moment it arrives. */
  answer(tokens: number): Response {
    const [requests, all] = [this.#filled(this.#requests), this.#filled(this.#tokens)];
    if (requests.level < 1 || all.level < tokens) {
      this.refused++;
      const waitMs = Math.max(msUntil(requests, 1), msUntil(all, tokens));
      return errorAnswer(
        429,
        { code: 'rate_limit_exceeded' },
        { ...this.#headers(), 'retry-after-ms': String(Math.ceil(waitMs)) },
      );
    }
    requests.level -= 1;
    all.level -= tokens;
    this.served++;
    const usage = { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens };
    return jsonAnswer({ model: 'gpt-5', choices: [], usage }, { headers: this.#headers() });
  }

  #filled(bucket: Bucket): Bucket {
    const nowMs = this.#clock.monotonic();
    bucket.level = Math.min(bucket.limit, bucket.level + ((nowMs - bucket.atMs) * bucket.limit) / 60_000);
    bucket.atMs = nowMs;
    return bucket;
  }

  #headers(): Record<string, string> {
    const of = (kind: string, bucket: Bucket): Record<string, string> => ({
      [`x-ratelimit-limit-${kind}`]: String(bucket.limit),
      [`x-ratelimit-remaining-${kind}`]: String(Math.floor(bucket.level)),
      [`x-ratelimit-reset-${kind}`]: `${Math.ceil(msUntil(bucket, bucket.limit))}ms`,
    });
    return { ...of('requests', this.#requests), ...of('tokens', this.#tokens) };
  }
}

const msUntil = ({ limit, level }: Bucket, amount: number): number =>
  Math.max(0, ((Math.min(amount, limit) - level) * 60_000) / limit);
