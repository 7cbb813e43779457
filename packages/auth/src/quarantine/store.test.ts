import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '@holdfast/testkit';
import { refusalOf } from '@holdfast/core';
import { keyUpstream, service } from '../../test/key-upstream.ts';
import { quarantineFile, type QuarantineState, type QuarantineStore } from '../index.ts';

/** Keeps what it is given, as text, as every store does. */
function memory(): QuarantineStore & { text: string | undefined; saves: number } {
  const store = {
    text: undefined as string | undefined,
    saves: 0,
    load: async () => (store.text === undefined ? undefined : (JSON.parse(store.text) as QuarantineState)),
    async save(state: QuarantineState) {
      store.saves++;
      store.text = JSON.stringify(state);
    },
  };
  return store;
}

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'holdfast-auth-'))));
afterAll(() => rm(folder, { recursive: true }));

describe('a restart', () => {
  it('one dead key of three, 1000 calls: tried once and by its probes, and no caller sees an error', async () => {
    const clock = new ManualClock();
    const upstream = keyUpstream('key-dead');
    const credentials = ['key-a', 'key-dead', 'key-b'];
    const file = join(folder, 'restart.json');
    for (let life = 0; life < 2; life++) {
      const { call, layer } = service(upstream.fetch, { credentials, store: quarantineFile(file) }, { clock });
      for (let index = 0; index < 500; index++) {
        expect((await call()).status).toBe(200);
        await clock.advance(10);
      }
      expect(layer.status()[1]?.state).toBe('quarantined');
      await layer.close();
    }
    expect(upstream.seen.filter((bearer) => bearer === 'key-dead')).toHaveLength(2);
  });

  it('finds a suspect, a revoked key and a spent quota as they were', async () => {
    const clock = new ManualClock();
    const store = memory();
    const upstream = keyUpstream('a');
    const credentials = ['a', 'b', 'c'];
    const before = service(upstream.fetch, { credentials, store }, { clock });
    await before.call();
    before.layer.revoke('key#3');
    await before.layer.close();
    const after = service(upstream.fetch, { credentials, store }, { clock });
    await after.call();
    expect(after.layer.status()).toMatchObject([
      { state: 'suspect', why: 'invalid_api_key', untilMs: clock.now() + 1000 },
      { state: 'active' },
      { state: 'revoked', why: 'by hand' },
    ]);
    after.layer.restore('key#3');
    after.layer.restore('key#1');
    await after.layer.close();
    expect((JSON.parse(store.text as string) as QuarantineState).entries).toEqual([]);
  });

  it('forgets nothing of a key that only moved to another place in the list', async () => {
    const store = memory();
    const upstream = keyUpstream('dead');
    const before = service(upstream.fetch, { credentials: ['dead', 'good'], store });
    await before.call();
    await before.layer.close();
    const after = service(upstream.fetch, { credentials: ['good', 'other', 'dead'], store });
    await after.call();
    expect(after.layer.status().map(({ state }) => state)).toEqual(['active', 'active', 'suspect']);
  });

  it('knows the value of a source again when it has been asked', async () => {
    const store = memory();
    const upstream = keyUpstream('dead');
    const source = { id: 'vault', kind: 'key', read: () => 'dead' } as const;
    const before = service(upstream.fetch, { credentials: [source, 'good'], store });
    await before.call();
    await before.layer.close();
    const after = service(upstream.fetch, { credentials: [{ ...source }, 'good'], store });
    expect((await after.call()).status).toBe(200);
    expect(upstream.seen.filter((bearer) => bearer === 'dead')).toHaveLength(1);
  });

  it('does not keep a key from the only place in a pool that it has', async () => {
    const store = memory();
    const upstream = keyUpstream('dead');
    const before = service(upstream.fetch, { credentials: ['dead', 'good'], store });
    await before.call();
    await before.layer.close();
    expect(refusalOf(await service(upstream.fetch, { credentials: 'dead', store }).call())).toBeUndefined();
  });
});

describe('a store', () => {
  it('is given fingerprints under a salt of its own: neither a key nor its plain hash', async () => {
    const store = memory();
    const other = memory();
    const key = 'sk-proj-0123456789abcdefghijklmnop';
    for (const kept of [store, other]) {
      const { call, layer } = service(keyUpstream(key).fetch, { credentials: [key, 'good'], store: kept });
      await call();
      await layer.close();
    }
    const text = store.text as string;
    for (let at = 0; at + 8 <= key.length; at++) expect(text).not.toContain(key.slice(at, at + 8));
    expect(text).not.toContain(createHash('sha256').update(key).digest('hex'));
    const [one, two] = [store, other].map((kept) => (JSON.parse(kept.text as string) as QuarantineState).entries[0]);
    expect(one?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(one?.fingerprint).not.toBe(two?.fingerprint);
  });

  it('is never asked to save twice at once, and the last word is saved', async () => {
    let [open, most] = [0, 0];
    let last: QuarantineState | undefined;
    const store: QuarantineStore = {
      load: () => undefined,
      async save(state) {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setImmediate(resolve));
        open--;
        last = state;
      },
    };
    const keys = Array.from({ length: 20 }, (_, index) => `dead-${index}`);
    const { call, layer } = service(keyUpstream(...keys).fetch, { credentials: [...keys, 'good'], store });
    await Promise.all(Array.from({ length: 20 }, () => call()));
    await layer.close();
    expect(most).toBe(1);
    expect(last?.entries).toHaveLength(20);
  });

  it.each<[string, QuarantineStore['load']]>([
    ['throws', () => Promise.reject(new Error('disk'))],
    ['hangs', () => new Promise(() => undefined)],
    ['holds something else', () => ({ salt: 'short', entries: 7 }) as unknown as QuarantineState],
    [
      'holds entries of nobody',
      () => ({ salt: 'ab'.repeat(16), entries: [{ state: 'dead' }, null] }) as unknown as QuarantineState,
    ],
  ])('that %s keeps no call from being made', async (_name, load) => {
    const save = (): never => {
      throw new Error('read-only');
    };
    const options = { credentials: ['a', 'b'], store: { load, save }, sourceTimeoutMs: 50 };
    const { call, clock, warnings, layer } = service(keyUpstream('a').fetch, options);
    expect((await clock.runUntil(call())).status).toBe(200);
    expect((await call()).status).toBe(200);
    await layer.close();
    expect(warnings.join()).toContain('the store of quarantines could not be written');
    expect(clock.pendingTimers).toBe(0);
  });

  it('holds up no caller who gives up', async () => {
    const store = { load: () => new Promise<undefined>(() => undefined), save: () => undefined };
    const { call } = service(keyUpstream().fetch, { credentials: ['a', 'b'], store });
    const controller = new AbortController();
    const waiting = call({ signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('quarantineFile', () => {
  it('replaces the file as a whole, for its owner alone, and leaves no draft behind', async () => {
    const file = join(folder, 'whole.json');
    const store = quarantineFile(file);
    expect(await store.load()).toBeUndefined();
    const state = { salt: '0'.repeat(32), entries: [] };
    await store.save(state);
    await store.save(state);
    expect(await store.load()).toEqual(state);
    expect((await readdir(folder)).filter((name) => name.startsWith('whole'))).toEqual(['whole.json']);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('says of a file that is no JSON where it is, and not what is in it', async () => {
    const file = join(folder, 'broken.json');
    await writeFile(file, 'sk-proj-0123456789abcdefghijklmnop');
    const error = await (quarantineFile(file).load() as Promise<unknown>).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toBe(`${file} holds no JSON`);
  });

  it('leaves the old file when the new one cannot be written', async () => {
    const store = quarantineFile(join(folder, 'missing', 'x.json'));
    await expect(store.save({ salt: '', entries: [] }) as Promise<void>).rejects.toThrow('ENOENT');
    expect(() => quarantineFile('')).toThrow('quarantineFile: expected the path of a file');
    await expect(readFile(join(folder, 'missing', 'x.json'))).rejects.toThrow('ENOENT');
  });
});
