import type { Clock, Timer, TimerOptions } from '@holdfast/core';

interface Pending {
  readonly dueMs: number;
  readonly sequence: number;
  readonly callback: () => void;
  readonly isGuard: boolean;
}

/** How long sockets are let run before a guard fires, in real milliseconds: an answer may be on its way. */
const guardPatienceMs = 100;

/**
 * A clock that stands still until it is told to move. `advance` fires what falls due,
 * in order, and lets promises settle in between, so that a timer set by a resumed
 * function inside the same stretch of time is honoured too.
 */
export class ManualClock implements Clock {
  readonly #pending = new Set<Pending>();
  readonly #startMs: number;
  #elapsedMs = 0;
  #sequence = 0;

  /** @param startMs - wall-clock time at which the clock stands; 2026-01-01 UTC by default. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  setTimer(callback: () => void, delayMs: number, { isGuard = false }: TimerOptions = {}): Timer {
    const pending: Pending = {
      dueMs: this.#elapsedMs + Math.max(0, delayMs),
      sequence: this.#sequence++,
      callback,
      isGuard,
    };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** How many timers wait. Zero when nothing was left behind. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves time forward by `ms`, firing every timer that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#fire(next);
      await settle();
    }
    this.#elapsedMs = endMs;
  }

  /** Jumps to the earliest timer and fires it; returns how far that was, or `undefined` if none waits. */
  async advanceToNext(): Promise<number | undefined> {
    await settle();
    const next = this.#next(Number.POSITIVE_INFINITY);
    if (next === undefined) return undefined;
    const jumpMs = next.dueMs - this.#elapsedMs;
    this.#fire(next);
    await settle();
    return jumpMs;
  }

  /**
   * Advances from timer to timer until `promise` has settled, and returns its result. While no timer waits it yields
   * to real input and output, so it can drive a call that goes over a real socket. A guard, such as a deadline, fires
   * only once nothing has come for a while.
   */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const finished = promise.finally(() => (done = true));
    finished.catch(() => undefined);
    let idleMs = 0;
    while (!done) {
      await settle();
      const next = this.#next(Number.POSITIVE_INFINITY);
      if (next !== undefined && (!next.isGuard || idleMs >= guardPatienceMs)) {
        idleMs = 0;
        await this.advanceToNext();
        continue;
      }
      const startMs = performance.now();
      await yieldToIo();
      idleMs = next === this.#next(Number.POSITIVE_INFINITY) ? idleMs + performance.now() - startMs : 0;
    }
    return finished;
  }

  #next(endMs: number): Pending | undefined {
    let earliest: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs > endMs) continue;
      if (
        earliest === undefined ||
        pending.dueMs < earliest.dueMs ||
        (pending.dueMs === earliest.dueMs && pending.sequence < earliest.sequence)
      )
        earliest = pending;
    }
    return earliest;
  }

  #fire(pending: Pending): void {
    this.#pending.delete(pending);
    this.#elapsedMs = Math.max(this.#elapsedMs, pending.dueMs);
    pending.callback();
  }
}

/** Lets everything that is already resolved run its course. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const yieldToIo = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
