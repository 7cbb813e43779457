import type { Clock, Random } from '@holdfast/core';
import type { KeyEncryptionKey } from './key-encryption.ts';
import type { Warn } from '../tell.ts';
import type { TamperCode } from './token-store-error.ts';

/** What {@link EncryptionOptions.onTampered} is told. The user is not named; `rowId` is a hash. */
export interface TamperedEvent {
  readonly code: TamperCode;
  readonly issuer: string;
  readonly clientId: string;
  readonly tenant: string;
  /** What the row is found by in its table. */
  readonly rowId: string;
  readonly message: string;
}

/** How rows are encrypted and watched. */
export interface EncryptionOptions {
  /** The keys that encrypt the keys of rows. The first is written with, the others are still read with. */
  readonly keys: KeyEncryptionKey | readonly KeyEncryptionKey[];
  /**
   * Longest time for one answer of a key, in milliseconds.
   * @defaultValue 5000
   */
  readonly keyTimeoutMs?: number;
  /**
   * Of how many rows this process remembers how new they were, so that an older one is refused even where the whole
   * file was put back.
   * @defaultValue 10000
   */
  readonly maxRemembered?: number;
  /** Told of every row that is refused. */
  readonly onTampered?: (event: TamperedEvent) => void;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /** Where trouble is reported that breaks nothing. @defaultValue `console.warn` */
  readonly warn?: Warn;
}

/** How locks are waited for. */
export interface LockOptions {
  /**
   * Mean time between two attempts to take a lock that is held, in milliseconds. Spread by half of it.
   * @defaultValue 25
   */
  readonly pollMs?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /** @defaultValue the chance of the machine */
  readonly random?: Random;
}

/** What an SQLite file takes. */
export interface SqliteFileOptions extends LockOptions {
  /** Where the file is, or is created with access for its owner only. Its folder must exist. */
  readonly path: string;
  /**
   * How long a write of another process is waited for, in milliseconds. Nothing else runs in this process meanwhile.
   * @defaultValue 2000
   */
  readonly busyTimeoutMs?: number;
}

/** The only place where a default of stores stands. */
export const storeDefaults: Readonly<Record<'keyTimeoutMs' | 'maxRemembered' | 'pollMs' | 'busyTimeoutMs', number>> =
  Object.freeze({ keyTimeoutMs: 5000, maxRemembered: 10_000, pollMs: 25, busyTimeoutMs: 2000 });
