import { OptionError } from '@holdfast/core';
import { revisionOfMark } from './envelope.ts';
import { EncryptedRows } from './encrypted-rows.ts';
import { bytesOfRecord, problemOf, recordOfBytes } from './record-bytes.ts';
import { bindingOf, describeRow, type RowBinding } from './row-binding.ts';
import { checkEncryption, resolveEncryption, type ResolvedEncryption } from './resolve-store-options.ts';
import type { EncryptionOptions } from './store-options.ts';
import type { LockRequest, TokenDriver } from './token-driver.ts';
import { TokenStoreError } from './token-store-error.ts';
import type { TokenKey, TokenLock, TokenRecord, TokenStore } from './token-store.ts';

/**
 * A token store on any driver. Every row is encrypted under a key of its own, which is encrypted under the first of
 * `keys`. Both are bound to table, issuer, client, tenant, user, key id, revision and generation. A row under another
 * of `keys` is encrypted anew when it is read. A row that is not what was written last is refused.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function encryptedStore(driver: TokenDriver, options: EncryptionOptions): TokenStore {
  checkEncryption(options);
  return storeOn(driver, resolveEncryption('encryptedStore', options));
}

/** The same, with options that were checked before the driver was opened. */
export const storeOn = (driver: TokenDriver, options: ResolvedEncryption): TokenStore =>
  new EncryptedStore(driver, new EncryptedRows(driver, options));

/** How often a write is tried anew because somebody else came first: each time one is done, so it ends. */
const maxCollisions = 32;

class EncryptedStore implements TokenStore {
  readonly #driver: TokenDriver;
  readonly #rows: EncryptedRows;
  #isClosed = false;

  constructor(driver: TokenDriver, rows: EncryptedRows) {
    this.#driver = driver;
    this.#rows = rows;
  }

  async get(key: TokenKey): Promise<TokenRecord | undefined> {
    const binding = this.#bind(key);
    const newest = await this.#rows.newest(binding);
    if (newest === undefined || newest.generation === 0) return undefined;
    const record = recordOfBytes(newest.plain, newest.generation);
    newest.plain.fill(0);
    if (record === undefined) throw this.#rows.refuse(binding, 'malformed_row', 'what it holds is no record');
    return record;
  }

  async put(key: TokenKey, record: TokenRecord, expected: number | undefined, lock?: TokenLock): Promise<boolean> {
    const binding = this.#bind(key);
    const problem = problemOf(record) ?? problemOfOrder(record, expected);
    if (problem !== undefined)
      throw new TokenStoreError('invalid_record', `${describeRow(binding)} were not written: ${problem}.`);
    for (let collision = 0; collision < maxCollisions; collision++) {
      const newest = await this.#rows.newest(binding);
      newest?.plain.fill(0);
      if ((newest?.generation ?? 0) !== (expected ?? 0)) return false;
      const plain = bytesOfRecord(record);
      const result = await this.#rows.write(binding, {
        ...{ plain, generation: record.generation, fence: lock?.fence },
        ...{ expected: newest?.revision, revision: (newest?.revision ?? 0) + 1 },
      });
      plain.fill(0);
      // Another revision may be the same record encrypted anew, so the generation is asked again.
      if (result !== 'changed') return result === 'written';
    }
    throw crowded(binding);
  }

  async delete(key: TokenKey): Promise<void> {
    const binding = this.#bind(key);
    for (let collision = 0; collision < maxCollisions; collision++) {
      const { row, mark } = await this.#driver.read(binding.id);
      const marked = mark === undefined ? 0 : revisionOfMark(mark);
      const last = Math.max(this.#rows.seen(binding), row?.revision ?? 0, marked);
      if (last === 0) return;
      // An empty row stays: without it, an older one could be put back unnoticed.
      const emptied = { plain: new Uint8Array(), generation: 0, revision: last + 1 };
      if ((await this.#rows.write(binding, { ...emptied, expected: row?.revision })) === 'written') return;
    }
    throw crowded(binding);
  }

  async lock(key: TokenKey, request: LockRequest): Promise<TokenLock> {
    const { ttlMs } = request;
    if (!(ttlMs > 0 && Number.isFinite(ttlMs)))
      throw new OptionError('lock.ttlMs', 'a duration in milliseconds, above 0', ttlMs);
    return this.#driver.lock(this.#bind(key).id, request);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#driver.close();
  }

  #bind(key: TokenKey): RowBinding {
    if (this.#isClosed) throw new TokenStoreError('closed', 'The token store was closed. Open another one.');
    return bindingOf(this.#driver.table, key);
  }
}

function problemOfOrder({ generation }: TokenRecord, expected: number | undefined): string | undefined {
  const next = (expected ?? 0) + 1;
  return generation === next
    ? undefined
    : `its generation is ${generation}, and after ${expected ?? 'none'} comes ${next}`;
}

const crowded = (binding: RowBinding): TokenStoreError =>
  new TokenStoreError('storage_failed', `${describeRow(binding)} were not written: others wrote all the time.`);
