import { storeOn } from './encrypted-store.ts';
import { SqliteDriver } from './sqlite-driver.ts';
import { checkSqliteOptions, resolveEncryption, resolveLocks } from './resolve-store-options.ts';
import { storeDefaults, type EncryptionOptions, type SqliteFileOptions } from './store-options.ts';
import type { TokenStore } from './token-store.ts';

/** How `sqliteStore()` behaves. */
export interface SqliteStoreOptions extends SqliteFileOptions, EncryptionOptions {}

/**
 * Encrypted tokens in an SQLite file that the processes of one machine share. Not on a network drive, whose locks do
 * not hold.
 *
 * @throws OptionError when an option breaks its rule; TokenStoreError when the file cannot be opened.
 */
export function sqliteStore(options: SqliteStoreOptions): TokenStore {
  checkSqliteOptions(options);
  const { path, busyTimeoutMs = storeDefaults.busyTimeoutMs } = options;
  const encryption = resolveEncryption('sqliteStore', options);
  return storeOn(new SqliteDriver({ path, busyTimeoutMs }, resolveLocks(options)), encryption);
}
