import type { TokenLock } from './token-store.ts';

/** An encrypted row and the mark that says that it is the newest. */
export interface StoredRow {
  /** Counts up with every write of this row, deletions among them. What writes are compared by. */
  readonly revision: number;
  readonly bytes: Uint8Array;
  /** Kept apart from the row, in another table. */
  readonly mark: Uint8Array;
}

/** What is found under an id. Either part may be missing if somebody took it away. */
export interface FoundRow {
  readonly row: Pick<StoredRow, 'revision' | 'bytes'> | undefined;
  readonly mark: Uint8Array | undefined;
}

/** When a row may be written. */
export interface WriteCondition {
  /** The revision that is kept now; `undefined`: none is. */
  readonly expected: number | undefined;
  /** The lock that must be held, by its fence. */
  readonly fence?: string | undefined;
}

/** How a lock is waited for. */
export interface LockRequest {
  /** After this time a lock is free though nobody released it. */
  readonly ttlMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where encrypted rows are kept: versioned bytes, compare-and-set, locks. It sees neither tokens nor whose they are.
 * Every driver passes the contract suite in `test/store-contract.ts`. What it throws is a TokenStoreError.
 */
export interface TokenDriver {
  /** Names the table. Rows are bound to it, so it must stay the same. */
  readonly table: string;
  /** The newest row and its mark, read in one step: never one from before a write and one from after it. */
  read(id: string): Promise<FoundRow>;
  /**
   * Writes row and mark together or not at all. Durable when it resolves.
   *
   * @returns `changed` when another revision is kept, `unlocked` when the lock is not held any more.
   */
  write(id: string, row: StoredRow, condition: WriteCondition): Promise<'written' | 'changed' | 'unlocked'>;
  /** Waits for the lock of `id`. @throws the reason of the signal when that aborts first. */
  lock(id: string, request: LockRequest): Promise<TokenLock>;
  close(): Promise<void>;
}
