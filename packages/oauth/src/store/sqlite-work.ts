import type { DatabaseSync } from 'node:sqlite';
import { TokenStoreError } from './token-store-error.ts';

/** Runs `work` in a transaction that writes, from its first moment on. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Runs `work`, and says in an error of our own what went wrong. That of SQLite may quote values. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TokenStoreError) throw error;
    const { errcode, code = 'unknown error' } = error as { readonly errcode?: number; readonly code?: string };
    const which = errcode === undefined ? code : `SQLite error ${errcode}`;
    throw new TokenStoreError('storage_failed', `The token file ${path} could not be read or written (${which}).`);
  }
}
