import type { Random } from '@holdfast/core';

/** How many times as many as it answers are sent to an upstream that turns calls away. */
const multiplier = 2;
/** How far back calls count, in milliseconds. */
const windowMs = 120_000;
/** Calls that must be in the window before any is turned away here. */
const minimumCalls = 20;

/**
 * Turns calls away here while the upstream turns most of them away there: with a chance that keeps what is sent at
 * about twice what is answered. Kept in two halves of which the older is dropped.
 *
 * @see https://sre.google/sre-book/handling-overload/ — "Client-Side Throttling", with K = 2 and two minutes
 */
export class Throttle {
  #startMs = Number.NEGATIVE_INFINITY;
  #asked = 0;
  #answered = 0;
  #olderAsked = 0;
  #olderAnswered = 0;

  /** The chance with which a call is turned away now. */
  chance(nowMs: number): number {
    this.#rotate(nowMs);
    const asked = this.#asked + this.#olderAsked;
    if (asked < minimumCalls) return 0;
    return Math.max(0, (asked - multiplier * (this.#answered + this.#olderAnswered)) / (asked + 1));
  }

  /** Whether a call is turned away. One that is counts as asked for. */
  turnsAway(nowMs: number, random: Random): boolean {
    const chance = this.chance(nowMs);
    if (chance === 0 || random() >= chance) return false;
    this.#asked++;
    return true;
  }

  /** A call was sent and came back. @param wasAnswered - whether the upstream took it, whatever it made of it. */
  note(wasAnswered: boolean, nowMs: number): void {
    this.#rotate(nowMs);
    this.#asked++;
    if (wasAnswered) this.#answered++;
  }

  #rotate(nowMs: number): void {
    const ageMs = nowMs - this.#startMs;
    if (ageMs < windowMs / 2) return;
    const isNext = ageMs < windowMs;
    this.#olderAsked = isNext ? this.#asked : 0;
    this.#olderAnswered = isNext ? this.#answered : 0;
    this.#asked = this.#answered = 0;
    this.#startMs = isNext ? this.#startMs + windowMs / 2 : nowMs;
  }
}
