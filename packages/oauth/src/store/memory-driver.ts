import { randomUUID } from 'node:crypto';
import { pollForLock } from './poll-for-lock.ts';
import type { LockOptions } from './store-options.ts';
import type { FoundRow, LockRequest, StoredRow, TokenDriver, WriteCondition } from './token-driver.ts';
import type { TokenLock } from './token-store.ts';

/** Rows in this process: for tests, and for a service that may forget its users when it restarts. */
export class MemoryDriver implements TokenDriver {
  readonly table = 'memory';
  readonly #rows = new Map<string, StoredRow>();
  readonly #locks = new Map<string, { readonly fence: string; readonly endsMs: number }>();
  readonly #polling: Required<LockOptions>;

  constructor(polling: Required<LockOptions>) {
    this.#polling = polling;
  }

  async read(id: string): Promise<FoundRow> {
    const row = this.#rows.get(id);
    return { row, mark: row?.mark };
  }

  async write(id: string, row: StoredRow, condition: WriteCondition): Promise<'written' | 'changed' | 'unlocked'> {
    if (condition.fence !== undefined && this.#holder(id) !== condition.fence) return 'unlocked';
    if (this.#rows.get(id)?.revision !== condition.expected) return 'changed';
    this.#rows.set(id, row);
    return 'written';
  }

  lock(id: string, { ttlMs, signal }: LockRequest): Promise<TokenLock> {
    const { clock } = this.#polling;
    const attempt = (): TokenLock | undefined => {
      if (this.#holder(id) !== undefined) return undefined;
      const fence = randomUUID();
      this.#locks.set(id, { fence, endsMs: clock.monotonic() + ttlMs });
      return {
        fence,
        release: async () => {
          if (this.#locks.get(id)?.fence === fence) this.#locks.delete(id);
        },
      };
    };
    return pollForLock(attempt, { ...this.#polling, signal });
  }

  async close(): Promise<void> {
    this.#rows.clear();
    this.#locks.clear();
  }

  /** The fence of whoever holds the lock now. */
  #holder(id: string): string | undefined {
    const lock = this.#locks.get(id);
    return lock !== undefined && lock.endsMs > this.#polling.clock.monotonic() ? lock.fence : undefined;
  }
}
