import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pollForLock } from './poll-for-lock.ts';
import { openFile } from './sqlite-file.ts';
import { guarded, transact } from './sqlite-work.ts';
import type { LockOptions, SqliteFileOptions } from './store-options.ts';
import type { FoundRow, LockRequest, StoredRow, TokenDriver, WriteCondition } from './token-driver.ts';
import type { TokenLock } from './token-store.ts';

/** By name, as they are written out once. */
const statements = {
  read: `SELECT (SELECT revision FROM tokens WHERE id = :id) AS revision,
    (SELECT bytes FROM tokens WHERE id = :id) AS bytes, (SELECT mark FROM marks WHERE id = :id) AS mark`,
  insert: 'INSERT INTO tokens (id, revision, bytes) VALUES (:id, :revision, :bytes) ON CONFLICT DO NOTHING',
  update: 'UPDATE tokens SET revision = :revision, bytes = :bytes WHERE id = :id AND revision = :expected',
  mark: 'INSERT INTO marks (id, mark) VALUES (:id, :mark) ON CONFLICT DO UPDATE SET mark = :mark',
  // One that ends later than its own time from now is from before the clock was set back.
  holder: 'SELECT fence FROM locks WHERE id = :id AND ends_ms > :now AND ends_ms <= :now + ttl_ms',
  take: 'INSERT OR REPLACE INTO locks (id, fence, ends_ms, ttl_ms) VALUES (:id, :fence, :ends, :ttl)',
  release: 'DELETE FROM locks WHERE id = :id AND fence = :fence',
} as const;

/** Rows in an SQLite file that the processes of one machine share. */
export class SqliteDriver implements TokenDriver {
  readonly table = 'tokens';
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #polling: Required<LockOptions>;
  readonly #prepared = new Map<keyof typeof statements, StatementSync>();

  /** @throws TokenStoreError when the file cannot be opened. */
  constructor(
    { path, busyTimeoutMs }: Required<Pick<SqliteFileOptions, 'path' | 'busyTimeoutMs'>>,
    polling: Required<LockOptions>,
  ) {
    this.#path = path;
    this.#polling = polling;
    this.#database = openFile(path, busyTimeoutMs);
  }

  async read(id: string): Promise<FoundRow> {
    const { revision, bytes, mark } = guarded(this.#path, () =>
      this.#statement('read').get({ id }),
    ) as unknown as Found;
    return { row: bytes === null ? undefined : { revision: Number(revision), bytes }, mark: mark ?? undefined };
  }

  async write(id: string, row: StoredRow, condition: WriteCondition): Promise<'written' | 'changed' | 'unlocked'> {
    const { expected, fence } = condition;
    const { revision, bytes, mark } = row;
    return this.#transact(() => {
      if (fence !== undefined && this.#holder(id) !== fence) return 'unlocked';
      const { changes } =
        expected === undefined
          ? this.#statement('insert').run({ id, revision, bytes })
          : this.#statement('update').run({ id, revision, bytes, expected });
      if (changes === 0) return 'changed';
      this.#statement('mark').run({ id, mark });
      return 'written';
    });
  }

  lock(id: string, { ttlMs, signal }: LockRequest): Promise<TokenLock> {
    const attempt = (): TokenLock | undefined => {
      // Most attempts of those who wait end here, where they hold up nobody who writes.
      if (guarded(this.#path, () => this.#holder(id)) !== undefined) return undefined;
      return this.#transact(() => (this.#holder(id) === undefined ? this.#take(id, ttlMs) : undefined));
    };
    return pollForLock(attempt, { ...this.#polling, signal });
  }

  async close(): Promise<void> {
    this.#prepared.clear();
    guarded(this.#path, () => this.#database.close());
  }

  #take(id: string, ttl: number): TokenLock {
    const fence = randomUUID();
    // The wall clock, as it is the one that processes share.
    this.#statement('take').run({ id, fence, ttl, ends: this.#polling.clock.now() + ttl });
    return {
      fence,
      release: async () => {
        if (this.#database.isOpen) guarded(this.#path, () => this.#statement('release').run({ id, fence }));
      },
    };
  }

  /** The fence of whoever holds the lock now. */
  #holder(id: string): string | undefined {
    const found = this.#statement('holder').get({ id, now: this.#polling.clock.now() });
    return found?.['fence'] as string | undefined;
  }

  #transact<T>(work: () => T): T {
    return guarded(this.#path, () => transact(this.#database, work));
  }

  #statement(name: keyof typeof statements): StatementSync {
    let prepared = this.#prepared.get(name);
    if (prepared === undefined) {
      prepared = this.#database.prepare(statements[name]);
      // A revision beyond what a number holds was not written here; it must not pass for another.
      prepared.setReadBigInts(name === 'read');
      this.#prepared.set(name, prepared);
    }
    return prepared;
  }
}

/** What the one statement that reads gives. */
interface Found {
  readonly revision: bigint | null;
  readonly bytes: Uint8Array | null;
  readonly mark: Uint8Array | null;
}
