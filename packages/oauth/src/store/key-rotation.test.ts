import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyOf, leaks, newToken, printed, recordOf } from '../../test/records.ts';
import { tamperedPlace } from '../../test/tampered-place.ts';
import { encryptedStore } from './encrypted-store.ts';
import { encryptionKey, type KeyEncryptionKey } from './key-encryption.ts';
import { readRow } from './row-format.ts';

const key = keyOf();
const canary = newToken().reveal();
const [before, now] = [encryptionKey(randomBytes(32), 'before'), encryptionKey(randomBytes(32), 'now')];
const keyIdOf = async (place: ReturnType<typeof tamperedPlace>): Promise<string | undefined> =>
  readRow((await place.rowOf(key)).row?.bytes ?? new Uint8Array())?.keyId;

/** A service that keeps its keys to itself; it counts what it is asked. */
function service(): KeyEncryptionKey & { readonly asked: string[]; answer: 'well' | 'throw' | 'hang' } {
  const inner = encryptionKey(randomBytes(32));
  const asked: string[] = [];
  const digest = (bound: Uint8Array): Uint8Array => createHash('sha256').update(bound).digest();
  const said = async <T>(what: string, value: () => T): Promise<T> => {
    asked.push(what);
    if (kms.answer === 'hang') await new Promise(() => undefined);
    if (kms.answer === 'throw') throw new Error(`AccessDenied for ${canary}`);
    return value();
  };
  const kms = {
    id: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    asked,
    answer: 'well' as 'well' | 'throw' | 'hang',
    wrap: (dataKey: Uint8Array, bound: Uint8Array) =>
      said('wrap', () => inner.wrap(dataKey, digest(bound)) as Uint8Array),
    unwrap: (wrapped: Uint8Array, bound: Uint8Array) =>
      said('unwrap', () => inner.unwrap(wrapped, digest(bound)) as Uint8Array | undefined),
  };
  return kms;
}

describe('a row under an older key', () => {
  it('is encrypted anew when it is read, and keeps its generation', async () => {
    const place = tamperedPlace([before]);
    const record = recordOf();
    await place.store.put(key, record, undefined);
    expect(await keyIdOf(place)).toBe('before');
    const store = place.restarted([now, before]);
    expect((await store.get(key))?.generation).toBe(1);
    expect(await keyIdOf(place)).toBe('now');
    const found = await place.restarted([now]).get(key);
    expect([found?.generation, found?.accessToken.equals(record.accessToken)]).toEqual([1, true]);
    expect(place.events).toEqual([]);
  });

  it('is encrypted anew when it is written', async () => {
    const place = tamperedPlace([before]);
    await place.store.put(key, recordOf(), undefined);
    expect(await place.restarted([now, before]).put(key, recordOf({ generation: 2 }), 1)).toBe(true);
    expect((await place.restarted([now]).get(key))?.generation).toBe(2);
  });

  it('is encrypted anew once, however many read it at once, and no write is lost to that', async () => {
    const place = tamperedPlace([before]);
    await place.store.put(key, recordOf(), undefined);
    const stores = Array.from({ length: 6 }, () => place.restarted([now, before]));
    const record = recordOf({ generation: 2 });
    const results = await Promise.all([
      ...stores.slice(0, 5).map((store) => store.get(key)),
      stores[5]?.put(key, record, 1),
    ]);
    expect(results[5]).toBe(true);
    expect((await stores[0]?.get(key))?.accessToken.equals(record.accessToken)).toBe(true);
    expect((await place.rowOf(key)).row?.revision).toBeLessThanOrEqual(3);
  });

  it('is read all the same where it cannot be encrypted anew, which is reported', async () => {
    const place = tamperedPlace([before]);
    await place.store.put(key, recordOf(), undefined);
    const kms = service();
    kms.answer = 'throw';
    const warnings: string[] = [];
    const warn = (message: string, cause?: unknown): void => void warnings.push(message + printed(cause));
    const store = encryptedStore(place.driver, { keys: [kms, before], clock: place.clock, warn });
    expect((await store.get(key))?.generation).toBe(1);
    expect(warnings[0]).toContain('could not be encrypted anew');
    expect(warnings.join()).not.toContain(canary);
    expect(await keyIdOf(place)).toBe('before');
  });

  it('is put back unnoticed by nobody after that, though its key is still given', async () => {
    const place = tamperedPlace([before]);
    await place.store.put(key, recordOf(), undefined);
    const old = await place.rowOf(key);
    await place.restarted([now, before]).get(key);
    place.plant(key, { row: old.row, mark: (await place.rowOf(key)).mark });
    await expect(place.restarted([now, before]).get(key)).rejects.toMatchObject({ code: 'rolled_back_row' });
  });
});

describe('a key of a key management service', () => {
  it('wraps each data key once and unwraps it once per read; nothing it was not asked for is needed', async () => {
    const kms = service();
    const place = tamperedPlace([kms]);
    await place.store.put(key, recordOf(), undefined);
    await place.store.get(key);
    expect(kms.asked).toEqual(['wrap', 'unwrap']);
    expect(await keyIdOf(place)).toBe(kms.id);
  });

  it('that fails says nothing about a row: no tampering is recorded, and no error is passed on', async () => {
    const kms = service();
    const place = tamperedPlace([kms]);
    await place.store.put(key, recordOf(), undefined);
    kms.answer = 'throw';
    const error = await place
      .restarted()
      .get(key)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TokenStoreError', code: 'key_unavailable' });
    expect(leaks(printed(error), canary)).toBe(false);
    expect(place.events).toEqual([]);
    await expect(place.store.put(key, recordOf({ generation: 2 }), 1)).rejects.toMatchObject({
      code: 'key_unavailable',
    });
    kms.answer = 'well';
    expect((await place.store.get(key))?.generation).toBe(1);
  });

  it('that hangs is given up after its time, and leaves no timer', async () => {
    const kms = service();
    const place = tamperedPlace([kms]);
    kms.answer = 'hang';
    const writing = place.store.put(key, recordOf(), undefined).catch((thrown: unknown) => thrown);
    expect(await place.clock.runUntil(writing)).toMatchObject({ code: 'key_unavailable' });
    expect([place.clock.monotonic(), place.clock.pendingTimers]).toEqual([5000, 0]);
    expect((await place.rowOf(key)).row).toBeUndefined();
  });

  it.each([
    ['gives no bytes', { wrap: () => undefined as never }, 'key_unavailable'],
    ['gives no key back', { unwrap: () => new Uint8Array(16) }, 'key_rejected'],
  ])('that %s is not believed', async (_name, changes, code) => {
    const inner = encryptionKey(randomBytes(32));
    const place = tamperedPlace([{ ...inner, ...changes }]);
    const both = place.store.put(key, recordOf(), undefined).then(() => place.restarted().get(key));
    await expect(both).rejects.toMatchObject({ code });
  });

  it('is no plain text, whatever its wrap gives', async () => {
    const place = tamperedPlace([service()]);
    const record = recordOf();
    await place.store.put(key, record, undefined);
    const { row, mark } = await place.rowOf(key);
    const text = Buffer.concat([row?.bytes as Uint8Array, mark as Uint8Array]).toString('latin1');
    expect(leaks(text, record.accessToken.reveal())).toBe(false);
  });
});

describe('the id of a key', () => {
  it.each([['two words'], [''], ['ü'], ['x'.repeat(201)], [randomBytes(32).toString('base64')]])('is not %j', (id) => {
    const bad = { ...encryptionKey(randomBytes(32)), id };
    const error = ((): unknown => {
      try {
        return tamperedPlace([bad]);
      } catch (thrown) {
        return thrown;
      }
    })() as Error;
    expect(error.message).toMatch(/^encryptedStore\.keys\[0\]\.id: expected/);
    // The last one is a key.
    if (id.length === 44) expect(leaks(printed(error), id)).toBe(false);
  });
});
