import { PriorityClass } from './priority-class.ts';
import type { Priority, Waiter } from './waiter.ts';

/** From the one that goes first. */
export const priorities = ['high', 'normal', 'low'] as const;

/** Every so many grants of a class, one goes to those below it, so that nobody waits for ever. */
const yieldEvery = 10;

/**
 * Who goes next: by priority; within one, tenants take turns by what they have had; within a tenant, the earliest
 * deadline first, and then who came first. Every tenth turn goes to the priorities below, where anybody waits there.
 *
 * @see https://dl.acm.org/doi/10.1145/248156.248171 — start-time fair queueing, for the turns of tenants
 */
export class WaitQueue<W extends Waiter = Waiter> {
  readonly #classes: Readonly<Record<Priority, PriorityClass<W>>> = {
    high: new PriorityClass(),
    normal: new PriorityClass(),
    low: new PriorityClass(),
  };
  #sequence = 0;

  get size(): number {
    return this.#classes.high.size + this.#classes.normal.size + this.#classes.low.size;
  }

  /** How many of `priority` or a higher one wait. */
  ahead(priority: Priority): number {
    const { high, normal, low } = this.#classes;
    if (priority === 'high') return high.size;
    return high.size + normal.size + (priority === 'low' ? low.size : 0);
  }

  push(waiter: W): void {
    waiter.sequence = this.#sequence++;
    this.#classes[waiter.priority].push(waiter);
  }

  /** Who goes next. Stays where it is. */
  get next(): W | undefined {
    return this.#classOfNext()?.next;
  }

  /** Takes out who goes next. */
  shift(): W | undefined {
    const chosen = this.#classOfNext();
    if (chosen === undefined) return undefined;
    for (const name of priorities) {
      const passed = this.#classes[name];
      if (passed === chosen) break;
      if (passed.size > 0) passed.turns = 0;
    }
    const isAlone = chosen.size === this.size;
    chosen.turns = isAlone ? 0 : chosen.turns + 1;
    return chosen.shift();
  }

  /** Takes out somebody who does not wait any more. */
  remove(waiter: W): void {
    this.#classes[waiter.priority].remove(waiter);
  }

  /** The one to give up for a newcomer of `priority`: of a lower priority, the lowest, who would be served last. */
  leastBelow(priority: Priority): W | undefined {
    for (const name of priorities.toReversed()) {
      if (name === priority) return undefined;
      const last = this.#classes[name].last;
      if (last !== undefined) return last;
    }
    return undefined;
  }

  /** Highest first; one that has had its turns lets those below have one. */
  #classOfNext(): PriorityClass<W> | undefined {
    let waiting = this.size;
    for (const name of priorities) {
      const one = this.#classes[name];
      if (one.size === 0) continue;
      waiting -= one.size;
      if (waiting === 0 || one.turns < yieldEvery - 1) return one;
    }
    return undefined;
  }
}
