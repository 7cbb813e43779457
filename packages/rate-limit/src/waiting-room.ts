import type { Clock, Timer } from '@holdfast/core';
import { Heap } from './heap.ts';
import type { Patience, Pending, Refused } from './pending.ts';
import { WaitQueue } from './wait-queue.ts';
import type { Priority } from './waiter.ts';

/** What lets those who wait go. */
export interface Door {
  /** How long until the next one may go, if it takes `tokens`, in milliseconds; infinite where somebody will say. */
  readyInMs(tokens: number, nowMs: number): number;
  /** The next one goes. */
  admit(pending: Pending, nowMs: number): void;
  /** What to tell one that has waited long enough. */
  gaveUp(pending: Pending): Refused;
}

/** A timer can be set for this and no less, in milliseconds. */
const shortestMs = 1;

/** Where calls wait for room. One timer for all of them: for whoever goes next, or for whoever gives up first. */
export class WaitingRoom {
  readonly #clock: Clock;
  readonly #door: Door;
  readonly #queue = new WaitQueue<Pending>();
  readonly #patience = new Heap<Patience>((one, other) => one.giveUpMs < other.giveUpMs);
  #tokens = 0;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;

  constructor(clock: Clock, door: Door) {
    this.#clock = clock;
    this.#door = door;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** What goes before a call of `priority`, about. */
  ahead(priority: Priority): { readonly calls: number; readonly tokens: number } {
    const { size } = this.#queue;
    const calls = this.#queue.ahead(priority);
    return { calls, tokens: size === 0 ? 0 : (this.#tokens * calls) / size };
  }

  /** Whom a newcomer of `priority` may turn out. */
  leastBelow(priority: Priority): Pending | undefined {
    return this.#queue.leastBelow(priority);
  }

  join(pending: Pending): void {
    this.#queue.push(pending);
    if (Number.isFinite(pending.patience.giveUpMs)) this.#patience.push(pending.patience);
    this.#tokens += pending.tokens;
    this.letGo();
  }

  /** Takes one out that does not wait any more. */
  leave(pending: Pending): void {
    this.#queue.remove(pending);
    this.#forget(pending);
    this.#arm();
  }

  refuse(pending: Pending, refused: Refused): void {
    this.leave(pending);
    pending.settle(refused);
  }

  /** Gives up those who cannot wait until `ms`, on the monotonic clock. */
  shed(ms: number): void {
    this.#giveUp((giveUpMs) => giveUpMs < ms);
  }

  /** Lets go whoever can go. */
  letGo(): void {
    const nowMs = this.#clock.monotonic();
    this.shed(nowMs);
    for (let { next } = this.#queue; next !== undefined; { next } = this.#queue) {
      if (this.#door.readyInMs(next.tokens, nowMs) > 0) break;
      this.#queue.shift();
      this.#forget(next);
      this.#door.admit(next, nowMs);
    }
    // Who may wait until now and no longer has had its chance.
    this.#giveUp((giveUpMs) => giveUpMs <= nowMs);
    this.#arm();
  }

  /** Refuses everybody. */
  close(refused: Refused): void {
    for (let { next } = this.#queue; next !== undefined; { next } = this.#queue) this.refuse(next, refused);
  }

  #giveUp(isOver: (giveUpMs: number) => boolean): void {
    for (let { top } = this.#patience; top !== undefined && isOver(top.giveUpMs); { top } = this.#patience) {
      const { pending } = top;
      // First out of the queue, or it would count itself among those before it.
      this.leave(pending);
      pending.settle(this.#door.gaveUp(pending));
    }
  }

  #forget(pending: Pending): void {
    this.#patience.remove(pending.patience);
    // Sums of fractions do not come back to zero by themselves.
    this.#tokens = this.#queue.size === 0 ? 0 : this.#tokens - pending.tokens;
  }

  #arm(): void {
    const { next } = this.#queue;
    const nowMs = this.#clock.monotonic();
    const readyMs = next === undefined ? Number.POSITIVE_INFINITY : nowMs + this.#door.readyInMs(next.tokens, nowMs);
    const atMs = Math.min(readyMs, this.#patience.top?.giveUpMs ?? Number.POSITIVE_INFINITY);
    // One that fires early looks again; setting it anew for each who comes and goes would cost more.
    if (this.#timer !== undefined && this.#timer.atMs <= atMs && next !== undefined) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (!Number.isFinite(atMs)) return;
    const ring = (): void => {
      this.#timer = undefined;
      this.letGo();
    };
    // Timers drop fractions, so one for a part of a millisecond would ring before there is anything to do.
    const delayMs = Math.max(shortestMs, Math.ceil(atMs - nowMs));
    this.#timer = { atMs, timer: this.#clock.setTimer(ring, delayMs) };
  }
}
