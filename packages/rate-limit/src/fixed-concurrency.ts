import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import type { Concurrency, Slot } from './concurrency.ts';

/** A fixed number of calls at once: cockatiel's bulkhead, held for as long as a body is read. */
export class FixedConcurrency implements Concurrency {
  readonly limit: number;
  readonly #bulkhead: BulkheadPolicy;
  /** Those who are let in while it is full, as where limits are only observed. */
  #beyond = 0;
  onFree: () => void = () => undefined;

  constructor(limit: number) {
    this.limit = limit;
    // Its own queue knows no priorities, so nobody waits there.
    this.#bulkhead = bulkhead(limit, 0);
  }

  get inFlight(): number {
    return this.limit - this.#bulkhead.executionSlots + this.#beyond;
  }

  get hasRoom(): boolean {
    return this.inFlight < this.limit;
  }

  enter(): Slot {
    if (this.#bulkhead.executionSlots === 0) return this.#enterBeyond();
    let leave!: () => void;
    const held = this.#bulkhead.execute(() => new Promise<void>((resolve) => (leave = resolve)));
    void held.then(() => this.onFree());
    return { leave };
  }

  #enterBeyond(): Slot {
    this.#beyond++;
    return {
      leave: () => {
        this.#beyond--;
        this.onFree();
      },
    };
  }
}
