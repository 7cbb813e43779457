import { randomBytes } from 'node:crypto';
import { encryptedStore } from './encrypted-store.ts';
import { encryptionKey } from './key-encryption.ts';
import { MemoryDriver } from './memory-driver.ts';
import { checkMemoryOptions, resolveLocks } from './resolve-store-options.ts';
import type { LockOptions } from './store-options.ts';
import type { TokenStore } from './token-store.ts';

/**
 * Tokens in this process: for tests, and for a service whose users may sign in again when it restarts. Goes the same
 * way as every other driver, under a key that is gone with the process.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function memoryStore(options: LockOptions = {}): TokenStore {
  checkMemoryOptions(options);
  const locks = resolveLocks(options);
  const keys = encryptionKey(randomBytes(32), 'memory');
  return encryptedStore(new MemoryDriver(locks), { keys, clock: locks.clock });
}
