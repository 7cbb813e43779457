import type { Call } from '@holdfast/core';
import type { HeapEntry } from './heap.ts';
import type { Ticket } from './ticket.ts';
import { Waiter } from './waiter.ts';

/** A call may not go: why, and when it is worth asking again. */
export interface Refused {
  readonly refused: 'rate_limited_local' | 'queue_full';
  readonly reason: string;
  /** In milliseconds; `undefined` where nobody knows. */
  readonly retryAfterMs: number | undefined;
}

/** How long somebody waits at most, in a heap of its own. */
export class Patience implements HeapEntry {
  place = -1;
  readonly giveUpMs: number;
  readonly pending: Pending;

  constructor(pending: Pending, giveUpMs: number) {
    this.pending = pending;
    this.giveUpMs = giveUpMs;
  }
}

/** How a call waits. */
export interface PendingOptions {
  readonly tokens: number;
  readonly sinceMs: number;
  /** When it has waited long enough, on the monotonic clock. */
  readonly giveUpMs: number;
  readonly settle: (result: Ticket | Refused) => void;
  readonly fail: (reason: unknown) => void;
}

/** How heavily tokens weigh beside the call itself when tenants take turns. */
const tokensPerTurn = 1000;

/** A call that waits for room. */
export class Pending extends Waiter {
  readonly call: Call;
  readonly tokens: number;
  readonly sinceMs: number;
  readonly patience: Patience;
  readonly #options: PendingOptions;
  readonly #onAbort: (() => void) | undefined;

  /** @param leave - takes it out of the queue when its caller has gone. */
  constructor(call: Call, options: PendingOptions, leave: (pending: Pending) => void) {
    const { priority, tenant } = call.hints;
    super({ priority, tenant, deadline: call.deadline, weight: 1 + options.tokens / tokensPerTurn });
    this.call = call;
    this.tokens = options.tokens;
    this.sinceMs = options.sinceMs;
    this.patience = new Patience(this, options.giveUpMs);
    this.#options = options;
    if (call.signal === undefined) return;
    this.#onAbort = () => {
      leave(this);
      options.fail(call.signal?.reason);
    };
    call.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The wait is over. */
  settle(result: Ticket | Refused): void {
    if (this.#onAbort !== undefined) this.call.signal?.removeEventListener('abort', this.#onAbort);
    this.#options.settle(result);
  }
}
