import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, leaks, printed, recordOf } from '../../test/records.ts';
import { tamperedPlace } from '../../test/tampered-place.ts';
import { encryptionKey } from './key-encryption.ts';
import { readRow, writeRow } from './row-format.ts';
import type { FoundRow } from './token-driver.ts';
import { TokenStoreError, type TamperCode } from './token-store-error.ts';
import type { TokenKey, TokenRecord, TokenStore } from './token-store.ts';

const [alice, bob] = [keyOf({ subject: 'alice' }), keyOf({ subject: 'bob' })];

/** Two users, the first of them with a second generation. */
async function written(): Promise<
  ReturnType<typeof tamperedPlace> & { readonly older: FoundRow; readonly newest: FoundRow; records: TokenRecord[] }
> {
  const place = tamperedPlace();
  const records = [recordOf(), recordOf({ generation: 2 }), recordOf()];
  await place.store.put(alice, records[0] as TokenRecord, undefined);
  const older = await place.rowOf(alice);
  await place.store.put(alice, records[1] as TokenRecord, 1);
  await place.store.put(bob, records[2] as TokenRecord, undefined);
  return { ...place, older, newest: await place.rowOf(alice), records };
}

const refusal = async (store: TokenStore, key: TokenKey): Promise<TokenStoreError> => {
  const error = await store.get(key).then(
    (record) => new Error(`read generation ${record?.generation}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TokenStoreError);
  return error as TokenStoreError;
};

type Place = Awaited<ReturnType<typeof written>>;
const row = ({ newest }: Place): NonNullable<FoundRow['row']> => newest.row as NonNullable<FoundRow['row']>;
const withBytes = (place: Place, bytes: Uint8Array): FoundRow => ({ ...place.newest, row: { ...row(place), bytes } });
const flipped = (bytes: Uint8Array, index: number, mask = 1): Uint8Array =>
  bytes.with(index < 0 ? bytes.length + index : index, (bytes.at(index) as number) ^ mask);
/** The row with one of its parts replaced, as somebody writes it who knows the format and not the keys. */
const rewritten = (place: Place, changes: Partial<ReturnType<typeof readRow>>): FoundRow =>
  withBytes(place, writeRow({ ...(readRow(row(place).bytes) as NonNullable<ReturnType<typeof readRow>>), ...changes }));

const attacks: readonly [string, TamperCode, (place: Place) => FoundRow | Promise<FoundRow>][] = [
  ["another user's row", 'foreign_row', ({ rowOf }) => rowOf(bob)],
  [
    "another user's row under a corrected id",
    'key_rejected',
    async (place) => {
      const theirs = await place.rowOf(bob);
      const parts = readRow(theirs.row?.bytes as Uint8Array) as NonNullable<ReturnType<typeof readRow>>;
      const { rowId } = readRow(row(place).bytes) as typeof parts;
      return { mark: theirs.mark, row: { revision: 1, bytes: writeRow({ ...parts, rowId }) } };
    },
  ],
  ['a row that ends early', 'malformed_row', (place) => withBytes(place, row(place).bytes.subarray(0, -1))],
  ['a row of nothing', 'malformed_row', (place) => withBytes(place, new Uint8Array())],
  [
    'a row with more behind it',
    'malformed_row',
    (place) => withBytes(place, Uint8Array.from([...row(place).bytes, 0])),
  ],
  ['a row of another version', 'malformed_row', (place) => withBytes(place, row(place).bytes.with(0, 2))],
  ['a flipped bit of the ciphertext', 'forged_row', (place) => withBytes(place, flipped(row(place).bytes, -1))],
  [
    'a flipped bit of the tag',
    'forged_row',
    (place) => rewritten(place, { sealed: flipped(readRow(row(place).bytes)?.sealed as Uint8Array, 12) }),
  ],
  ['a ciphertext that is cut', 'forged_row', (place) => rewritten(place, { sealed: new Uint8Array(20) })],
  ['the id of another key', 'unknown_key', (place) => rewritten(place, { keyId: 'another' })],
  ['another wrapped key', 'key_rejected', (place) => rewritten(place, { wrappedKey: randomBytes(60) })],
  ['a higher generation on its label', 'key_rejected', (place) => rewritten(place, { generation: 9 })],
  ['another revision on its label', 'key_rejected', (place) => rewritten(place, { revision: 9 })],
  ['another revision beside it', 'forged_row', (place) => ({ ...place.newest, row: { ...row(place), revision: 9 } })],
  ['the row of before', 'rolled_back_row', ({ older, newest }) => ({ row: older.row, mark: newest.mark })],
  ['the mark of before', 'forged_mark', ({ older, newest }) => ({ row: newest.row, mark: older.mark })],
  [
    'a mark of an own making',
    'forged_mark',
    (place) => ({ ...place.newest, mark: flipped(place.newest.mark as Uint8Array, -1) }),
  ],
  ['no mark', 'forged_mark', ({ newest }) => ({ row: newest.row, mark: undefined })],
  ['no row', 'missing_row', ({ newest }) => ({ row: undefined, mark: newest.mark })],
];

describe('a row that was changed is refused, recorded, and nothing of it comes through', () => {
  it.each(attacks)('%s: %s', async (_name, code, attack) => {
    const place = await written();
    place.plant(alice, await attack(place));
    for (const store of [place.restarted(), place.store]) {
      const error = await refusal(store, alice);
      expect(error.code).toBe(code);
      await expect(store.put(alice, recordOf({ generation: 3 }), 2)).rejects.toMatchObject({ code });
    }
    const { issuer, clientId, tenant } = alice;
    expect(place.events).toHaveLength(4);
    expect(place.events[0]).toMatchObject({ code, issuer, clientId, tenant });
    const text = printed(place.events) + printed(await refusal(place.restarted(), alice));
    expect(text).not.toContain('alice');
    for (const { accessToken, refreshToken } of place.records)
      for (const token of [accessToken, refreshToken]) expect(leaks(text, token?.reveal() as string)).toBe(false);
  });

  it.each(attacks)('%s: deleted, the user can sign in again', async (_name, _code, attack) => {
    const place = await written();
    place.plant(alice, await attack(place));
    const store = place.restarted();
    await store.delete(alice);
    expect(await store.get(alice)).toBeUndefined();
    const record = recordOf();
    expect(await store.put(alice, record, undefined)).toBe(true);
    expect((await place.restarted().get(alice))?.accessToken.equals(record.accessToken)).toBe(true);
  });

  it('row and mark of before, put back together: by whoever has seen the newer ones', async () => {
    const place = await written();
    place.plant(alice, place.older);
    expect((await refusal(place.store, alice)).code).toBe('rolled_back_row');
    // What cannot be known: nothing of this is left in a process that has just started.
    expect((await place.restarted().get(alice))?.generation).toBe(1);
  });

  it('everything taken away: by whoever has seen it', async () => {
    const place = await written();
    place.plant(alice, { row: undefined, mark: undefined });
    expect((await refusal(place.store, alice)).code).toBe('missing_row');
    expect(await place.restarted().get(alice)).toBeUndefined();
  });

  it('a row that was deleted is not brought back', async () => {
    const place = await written();
    await place.store.delete(alice);
    const { mark } = await place.rowOf(alice);
    place.plant(alice, { row: place.newest.row, mark });
    expect((await refusal(place.restarted(), alice)).code).toBe('rolled_back_row');
  });

  it.each([
    ['a row', true],
    ['that there is none', false],
  ])('but not one that was newest when it was read: %s', async (_name, isWritten) => {
    const place = tamperedPlace();
    if (isWritten) await place.store.put(alice, recordOf(), undefined);
    let arrive!: () => void;
    place.driver.line = new Promise((resolve) => (arrive = resolve));
    const slow = place.store.get(alice);
    place.driver.line = undefined;
    const generation = isWritten ? 2 : 1;
    await place.store.put(alice, recordOf({ generation }), isWritten ? 1 : undefined);
    arrive();
    expect((await slow)?.generation).toBe(isWritten ? 1 : undefined);
    expect((await place.store.get(alice))?.generation).toBe(generation);
    expect(place.events).toEqual([]);
  });

  it('and a slow read does not make this process forget what it has seen since', async () => {
    const place = tamperedPlace();
    await place.store.put(alice, recordOf(), undefined);
    const older = await place.rowOf(alice);
    let arrive!: () => void;
    place.driver.line = new Promise((resolve) => (arrive = resolve));
    const slow = place.store.get(alice);
    place.driver.line = undefined;
    await place.store.put(alice, recordOf({ generation: 2 }), 1);
    arrive();
    await slow;
    place.plant(alice, older);
    expect((await refusal(place.store, alice)).code).toBe('rolled_back_row');
  });

  it('under another key of the same id', async () => {
    const [right, wrong] = [encryptionKey(randomBytes(32), 'main'), encryptionKey(randomBytes(32), 'main')];
    const place = tamperedPlace([right]);
    await place.store.put(alice, recordOf(), undefined);
    expect((await refusal(place.restarted([wrong]), alice)).code).toBe('key_rejected');
    expect((await refusal(place.restarted([encryptionKey(randomBytes(32))]), alice)).code).toBe('unknown_key');
    expect((await place.restarted([right]).get(alice))?.generation).toBe(1);
  });

  it('law: whatever bytes are changed, reading throws and never gives another secret', async () => {
    const place = await written();
    const size = { row: row(place).bytes.length, mark: place.newest.mark?.length as number };
    const change = fc.record({ inMark: fc.boolean(), at: fc.nat(10_000), mask: fc.integer({ min: 1, max: 255 }) });
    const cut = fc.option(fc.nat(size.row - 1), { nil: undefined });
    const law = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), cut, async (changes, end) => {
      const bytes = Uint8Array.from(row(place).bytes);
      const mark = Uint8Array.from(place.newest.mark as Uint8Array);
      for (const { inMark, at, mask } of changes) {
        const target = inMark ? mark : bytes;
        target[at % target.length] = (target[at % target.length] as number) ^ mask;
      }
      const found = { row: { ...row(place), bytes: bytes.subarray(0, end) }, mark };
      const isSame =
        Buffer.compare(found.row.bytes, row(place).bytes) + Buffer.compare(mark, place.newest.mark as Uint8Array);
      fc.pre(isSame !== 0);
      place.plant(alice, found);
      await refusal(place.restarted(), alice);
    });
    await fc.assert(law, { numRuns: 400 });
    expect(place.events.length).toBeGreaterThan(300);
  });

  it('every single bit of row and mark counts', async () => {
    const place = await written();
    const { bytes } = row(place);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      place.plant(alice, withBytes(place, flipped(bytes, bit >> 3, 1 << (bit & 7))));
      await refusal(place.restarted(), alice);
    }
    const mark = place.newest.mark as Uint8Array;
    for (let bit = 0; bit < mark.length * 8; bit++) {
      place.plant(alice, { ...place.newest, mark: flipped(mark, bit >> 3, 1 << (bit & 7)) });
      await refusal(place.restarted(), alice);
    }
  });
});
