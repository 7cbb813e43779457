import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { guarded, transact } from './sqlite-work.ts';
import { TokenStoreError } from './token-store-error.ts';

const ownerOnly = 0o600;
const schemaVersion = 1;
/** `HFTK`, by which the file says whose it is. */
const applicationId = 0x48_46_54_4b;

const schema = `
  CREATE TABLE tokens (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE marks (id TEXT PRIMARY KEY, mark BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE locks (
    id TEXT PRIMARY KEY, fence TEXT NOT NULL, ends_ms REAL NOT NULL, ttl_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/**
 * Opens the file, or creates it, for its owner only. A commit is on the disk before it is done.
 *
 * @throws TokenStoreError of code `storage_failed`, or `unknown_schema` for a file that is not one of ours.
 */
export function openFile(path: string, busyTimeoutMs: number): DatabaseSync {
  return guarded(path, () => {
    if (!existsSync(path)) create(path);
    const database = open(path, busyTimeoutMs);
    keepPrivate(path);
    return database;
  });
}

/**
 * Made under another name, and given its own once it is whole: SQLite lets nobody wait while another process switches a
 * new file to its write-ahead log.
 */
function create(path: string): void {
  const draft = `${path}.${randomUUID()}`;
  closeSync(openSync(draft, 'wx', ownerOnly));
  try {
    open(draft, 0).close();
    linkSync(draft, path);
    syncFolder(dirname(path));
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function open(path: string, busyTimeoutMs: number): DatabaseSync {
  // Node 22 warns of it, which those who open no file need not read.
  const sqlite = process.getBuiltinModule('node:sqlite');
  const database = new sqlite.DatabaseSync(path, { timeout: busyTimeoutMs, allowExtension: false });
  try {
    // Before anything is changed: it may be the file of somebody else.
    const isNew = isEmpty(path, database);
    // With `secure_delete`, what was deleted is overwritten, not only forgotten.
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    if (isNew) transact(database, () => isEmpty(path, database) && database.exec(schema));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Without it, a new file may be gone after a power failure, whatever was written into it. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** @throws TokenStoreError when there is something, and it is not ours. */
function isEmpty(path: string, database: DatabaseSync): boolean {
  const read = (pragma: string): unknown => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  if (database.prepare('SELECT name FROM sqlite_schema LIMIT 1').get() === undefined) return true;
  if (read('application_id') === applicationId && read('user_version') === schemaVersion) return false;
  throw new TokenStoreError(
    'unknown_schema',
    `${path} is no token file of version ${schemaVersion}: it has version ${String(read('user_version'))}, or is ` +
      'something else. It was left as it is.',
  );
}

/** The journals beside the file have the mode that it had when they were made. */
function keepPrivate(path: string): void {
  for (const part of [path, `${path}-wal`, `${path}-shm`])
    if (existsSync(part) && (statSync(part).mode & 0o077) !== 0) chmodSync(part, ownerOnly);
}
