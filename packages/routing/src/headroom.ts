import { goDurationMs, type HeaderSource } from '@holdfast/core';

/** Limits are per minute, so an endpoint that does not say when its bucket is full again has it full after one. */
const fullAgainMs = 60_000;
/** From this share of a limit downwards an endpoint is the less attractive the less it has left. */
const scarceRatio = 0.2;

/** One bucket of a rate limit, as the last answer showed it and as it has refilled since. */
class Bucket {
  readonly #remaining: string;
  readonly #limit: string;
  readonly #reset: string;
  #left: number | undefined;
  #size = 0;
  #fullInMs = fullAgainMs;
  #stampMs = 0;

  constructor(name: string) {
    this.#remaining = `x-ratelimit-remaining-${name}`;
    this.#limit = `x-ratelimit-limit-${name}`;
    this.#reset = `x-ratelimit-reset-${name}`;
  }

  read(headers: HeaderSource, nowMs: number): void {
    const left = numberOf(headers.get(this.#remaining));
    // A negative number is what some say when they do not know.
    if (left === undefined || left < 0) return;
    this.#left = left;
    this.#stampMs = nowMs;
    if (left < this.#size * scarceRatio || left >= this.#size || this.#size === 0) {
      this.#size = Math.max(left, numberOf(headers.get(this.#limit)) ?? this.#size);
      this.#fullInMs = goDurationMs(headers.get(this.#reset) ?? '') ?? fullAgainMs;
    }
  }

  /** Which share is left by now, 0 if not even one. */
  ratio(nowMs: number): number {
    if (this.#left === undefined) return 1;
    const size = Math.max(this.#size, 1);
    const refilled = this.#fullInMs <= 0 ? 1 : (nowMs - this.#stampMs) / this.#fullInMs;
    const left = this.#left + (size - this.#left) * Math.min(1, Math.max(0, refilled));
    return left < 1 ? 0 : left / size;
  }
}

/** What an endpoint has left of its rate limits, from the headers of its answers. What it does not say is enough. */
export class Headroom {
  readonly #requests = new Bucket('requests');
  readonly #tokens = new Bucket('tokens');

  read(headers: HeaderSource, nowMs: number): void {
    this.#requests.read(headers, nowMs);
    this.#tokens.read(headers, nowMs);
  }

  /** 1 while there is plenty, then falling to 0, where there is nothing left. */
  ratio(nowMs: number): number {
    const left = Math.min(this.#requests.ratio(nowMs), this.#tokens.ratio(nowMs));
    return left >= scarceRatio ? 1 : left / scarceRatio;
  }
}

function numberOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
