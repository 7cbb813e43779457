import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { randomBytes } from 'node:crypto';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { keyOf, leaks, recordOf } from '../../test/records.ts';
import { sqlitePlace } from '../../test/sqlite-place.ts';
import { testTokenDriver } from '../../test/store-contract.ts';
import { encryptionKey } from './key-encryption.ts';
import { SqliteDriver } from './sqlite-driver.ts';
import { openFile } from './sqlite-file.ts';
import { sqliteStore } from './sqlite-store.ts';

const keys = encryptionKey(randomBytes(32));
const key = keyOf();
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('the sqlite driver', () =>
  testTokenDriver(
    () => {
      const place = sqlitePlace();
      const file = { path: place.path, busyTimeoutMs: 2000 };
      return {
        open: (clock) => new SqliteDriver(file, { clock, random: () => 0.5, pollMs: 20 }),
        remove: () => place[Symbol.dispose](),
      };
    },
    { describe, it },
  ));

describe('sqliteStore', () => {
  it('keeps records when it is closed and opened again', async () => {
    using place = sqlitePlace();
    const record = recordOf();
    const first = sqliteStore({ path: place.path, keys });
    await first.put(key, record, undefined);
    await first.close();
    const second = sqliteStore({ path: place.path, keys });
    expect((await second.get(key))?.accessToken.equals(record.accessToken)).toBe(true);
    await second.close();
  });

  it('makes its file and the journals beside it for its owner only, and nothing else', async () => {
    using place = sqlitePlace();
    const store = sqliteStore({ path: place.path, keys });
    await store.put(key, recordOf(), undefined);
    for (const part of ['', '-wal', '-shm']) expect(modeOf(place.path + part)).toBe(0o600);
    expect(readdirSync(dirname(place.path))).toHaveLength(3);
    await store.close();
    chmodSync(place.path, 0o644);
    await sqliteStore({ path: place.path, keys }).close();
    expect(modeOf(place.path)).toBe(0o600);
  });

  it('writes no eight characters of a token, user or scope into any of its files', async () => {
    using place = sqlitePlace();
    const store = sqliteStore({ path: place.path, keys });
    const whose = keyOf({ subject: 'alice.liddell@example.org', tenant: 'wonderland-gmbh' });
    const secrets = [whose.subject, whose.tenant, 'openid offline_access'];
    for (let generation = 1; generation <= 30; generation++) {
      const record = recordOf({ generation });
      secrets.push(record.accessToken.reveal(), record.refreshToken?.reveal() as string);
      await store.put(whose, record, generation === 1 ? undefined : generation - 1);
    }
    await store.lock(whose, { ttlMs: 1000 });
    expect(existsSync(`${place.path}-wal`)).toBe(true);
    const bytes = ['', '-wal', '-shm'].map((part) => readFileSync(place.path + part).toString('latin1'));
    for (const secret of secrets)
      for (const text of bytes)
        expect([leaks(text, secret), leaks(text, Buffer.from(secret).toString('hex'))]).toEqual([false, false]);
    await store.close();
    const rest = readFileSync(place.path).toString('latin1');
    for (const secret of secrets) expect(leaks(rest, secret)).toBe(false);
  });

  it('waits for the disk with every commit, and overwrites what is deleted', () => {
    using place = sqlitePlace();
    const file = openFile(place.path, 0);
    const pragma = (name: string): unknown => file.prepare(`PRAGMA ${name}`).get()?.[name];
    const found = ['journal_mode', 'synchronous', 'secure_delete', 'trusted_schema'].map(pragma);
    expect(found).toEqual(['wal', 2, 1, 0]);
    file.close();
  });

  it.each<[string, (path: string) => void, string]>([
    [
      'a file of a newer version',
      (path) => {
        openFile(path, 0).close();
        const file = new DatabaseSync(path);
        file.exec('PRAGMA user_version = 2');
        file.close();
      },
      'unknown_schema',
    ],
    [
      'the database of somebody else',
      (path) => {
        const file = new DatabaseSync(path);
        file.exec('CREATE TABLE theirs (a)');
        file.close();
        chmodSync(path, 0o640);
      },
      'unknown_schema',
    ],
    [
      'a file that is no database',
      (path) => writeFileSync(path, 'hosts\n'.repeat(100), { mode: 0o644 }),
      'storage_failed',
    ],
  ])('refuses %s, and leaves it as it is', (_name, make, code) => {
    using place = sqlitePlace();
    make(place.path);
    const before = [readFileSync(place.path), modeOf(place.path)];
    expect(() => sqliteStore({ path: place.path, keys })).toThrow(
      expect.objectContaining({ name: 'TokenStoreError', code }) as Error,
    );
    expect([readFileSync(place.path), modeOf(place.path)]).toEqual(before);
  });

  it('says where a file could not be opened', () => {
    using place = sqlitePlace();
    const path = `${place.path}/no/folder.db`;
    expect(() => sqliteStore({ path, keys })).toThrow(`The token file ${path} could not be read or written (ENOENT).`);
  });

  it('frees a lock from before the clock was set back', async () => {
    using place = sqlitePlace();
    const [later, now] = [new ManualClock(Date.UTC(2026, 5, 1)), new ManualClock(Date.UTC(2026, 0, 1))];
    const [ahead, behind] = [later, now].map((clock) => sqliteStore({ path: place.path, keys, clock }));
    await ahead?.lock(key, { ttlMs: 30_000 });
    await now.runUntil(behind?.lock(key, { ttlMs: 30_000 }) as Promise<unknown>);
    expect(now.monotonic()).toBe(0);
    await Promise.all([ahead?.close(), behind?.close()]);
  });

  it.each([
    [{ keys, path: undefined }, 'sqliteStore.path: expected the path of a file, got undefined'],
    [{ keys, path: ':memory:' }, 'sqliteStore.path: expected the path of a file'],
    [{ keys, path: 'file:x?mode=memory' }, 'sqliteStore.path: expected the path of a file'],
    [
      { path: 'x' },
      'sqliteStore.keys[0]: expected a key with id, wrap and unwrap, such as one of envEncryptionKeys(), got undefined',
    ],
    [{ path: 'x', keys: [] }, 'sqliteStore.keys: expected at least one key, got an array of 0'],
    [{ path: 'x', keys: [keys, keys] }, 'sqliteStore.keys: expected keys of different ids, got an array of 2'],
    [{ path: 'x', keys, busyTimeoutMs: -1 }, 'sqliteStore.busyTimeoutMs: expected a duration in milliseconds'],
  ])('refuses options that cannot work, and makes no file: %#', (options, message) => {
    using place = sqlitePlace();
    const path = options.path === 'x' ? place.path : options.path;
    expect(() => sqliteStore({ ...options, path } as never)).toThrow(message);
    expect(existsSync(place.path)).toBe(false);
  });
});
