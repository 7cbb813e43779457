import type { Secret } from '@holdfast/core';
import type { Lifetime } from './lifetime.ts';

/** Values remembered that are of no use any more, so that late 401s on one of them ask for nothing. */
const maxReplaced = 16;
const never = Number.POSITIVE_INFINITY;
const none: readonly Secret[] = Object.freeze([]);

/**
 * The value of one source and how far it is to be trusted. Fresh: handed out. Stale: handed out while another is asked
 * for. Expired or rejected: not handed out.
 */
export class HeldValue {
  #secret: Secret | undefined;
  /** In milliseconds since the Unix epoch. */
  #refreshAtMs = never;
  #expiresAtMs = never;
  #replaced = none;
  /** What took the place of a rejected value and has not been accepted yet. */
  #unproven: Secret | undefined;
  /** On the monotonic clock. */
  #pausedUntilMs = -never;

  constructor(secret: Secret | undefined) {
    this.#secret = secret;
  }

  /** What was given last; it may have ended. */
  get secret(): Secret | undefined {
    return this.#secret;
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  /** Whether it never has to be looked at the clock. */
  get isTimeless(): boolean {
    return this.#refreshAtMs === never;
  }

  isStale(nowMs: number): boolean {
    return nowMs >= this.#refreshAtMs;
  }

  /** The value, unless it has ended. */
  at(nowMs: number): Secret | undefined {
    return nowMs < this.#expiresAtMs ? this.#secret : undefined;
  }

  /** Takes a value in; the same as before stays the same object. */
  put(given: Secret, life: Lifetime): Secret {
    const before = this.#secret;
    const secret = before?.equals(given) === true ? before : given;
    if (before !== secret) {
      if (before !== undefined) this.retire(before);
      this.#unproven = undefined;
    }
    this.#secret = secret;
    this.#expiresAtMs = life.expiresAtMs;
    this.#refreshAtMs = life.refreshAtMs;
    return secret;
  }

  /** Its source has another one, so it is to be replaced as soon as may be. */
  makeStale(): void {
    if (this.#secret !== undefined) this.#refreshAtMs = -never;
  }

  /** Remembers that `rejected` is of no use, and hands it out no more. */
  retire(rejected: Secret): void {
    if (this.#secret?.equals(rejected) === true) {
      this.#secret = undefined;
      this.#refreshAtMs = never;
      this.#expiresAtMs = never;
    }
    this.#replaced = [...this.#replaced.filter((secret) => !secret.equals(rejected)), rejected].slice(-maxReplaced);
  }

  /** What was found useless last. */
  get lastRetired(): Secret | undefined {
    return this.#replaced.at(-1);
  }

  /** What is there in place of `rejected`, if that has been replaced already. */
  successorOf(rejected: Secret): Secret | undefined {
    const current = this.#secret;
    if (current === undefined || current.equals(rejected)) return undefined;
    return this.#replaced.some((secret) => secret.equals(rejected)) ? current : undefined;
  }

  /** `secret` came in place of a rejected one. If it is rejected too, age is not the reason. */
  isOnTrial(secret: Secret): boolean {
    return this.#unproven !== undefined && this.#unproven.equals(secret);
  }

  putOnTrial(secret: Secret): void {
    this.#unproven = secret;
    this.#pausedUntilMs = -never;
  }

  /** Upstream took `secret`. */
  accepted(secret: Secret): void {
    if (this.#unproven === secret) this.#unproven = undefined;
  }

  /** Until then it is not replaced because of a 401: another would be rejected, too. */
  pause(untilMs: number): void {
    this.#unproven = undefined;
    this.#pausedUntilMs = untilMs;
  }

  isPaused(monotonicMs: number): boolean {
    return monotonicMs < this.#pausedUntilMs;
  }
}
