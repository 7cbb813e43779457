import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TokenRecord } from '../src/store/token-store.ts';
import { keyOf, recordOf } from './records.ts';
import type { ContractCases } from './store-contract.ts';

const key = keyOf();
const plain = (record: TokenRecord | undefined): object => ({
  ...record,
  accessToken: record?.accessToken.reveal(),
  refreshToken: record?.refreshToken?.reveal(),
});

/** What a store on a driver does with records. */
export const storeCases: ContractCases = {
  async 'keeps a record as it was given, for everybody who shares the place'({ store, otherStore }) {
    assert.equal(await store.get(key), undefined);
    const records = [
      recordOf({ generation: 1 }),
      recordOf({ generation: 2, refreshToken: undefined, expiresAtMs: undefined, scope: undefined }),
      recordOf({ generation: 3, state: 'refreshing', scope: 'offline_access ünïcode' }),
      recordOf({ generation: 4, state: 'reauth_required', expiresAtMs: -1.5 }),
    ];
    for (const [index, record] of records.entries()) {
      assert.equal(await store.put(key, record, index === 0 ? undefined : index), true);
      for (const each of [store, otherStore]) assert.deepEqual(plain(await each.get(key)), plain(record));
    }
  },

  async 'writes only over the generation that is expected'({ store, otherStore }) {
    assert.equal(await store.put(key, recordOf({ generation: 2 }), 1), false);
    assert.equal(await store.put(key, recordOf({ generation: 1 }), undefined), true);
    assert.equal(await otherStore.put(key, recordOf({ generation: 1 }), undefined), false);
    assert.equal(await otherStore.put(key, recordOf({ generation: 2 }), 1), true);
    assert.equal(await store.put(key, recordOf({ generation: 2 }), 1), false);
    assert.equal((await store.get(key))?.generation, 2);
  },

  async 'lets exactly one of many writers of a generation win'({ store, otherStore }) {
    const law = fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }), async (who) => {
      const expected = (await store.get(key))?.generation;
      const generation = (expected ?? 0) + 1;
      const records = who.map(() => recordOf({ generation }));
      const writes = records.map((record, index) => (who[index] ? otherStore : store).put(key, record, expected));
      const results = await Promise.all(writes);
      assert.equal(results.filter(Boolean).length, 1);
      assert.deepEqual(plain(await otherStore.get(key)), plain(records[results.indexOf(true)]));
    });
    await fc.assert(law, { numRuns: 10 });
  },

  async 'refuses a generation that does not follow, and a record that is none'({ store }) {
    const refused = { name: 'TokenStoreError', code: 'invalid_record' };
    await assert.rejects(store.put(key, recordOf({ generation: 2 }), undefined), refused);
    await assert.rejects(store.put(key, recordOf({ generation: 1 }), 1), refused);
    const noSecret = { ...recordOf({ generation: 1 }), accessToken: 'plain-text-token' as never };
    await assert.rejects(store.put(key, noSecret, undefined), refused);
    const noState = { ...recordOf({ generation: 1 }), state: 'other' as never };
    await assert.rejects(store.put(key, noState, undefined), refused);
    assert.equal(await store.get(key), undefined);
  },

  async 'keeps tenants, users, clients and issuers apart'({ store }) {
    const keys = [
      keyOf(),
      keyOf({ tenant: 'globex' }),
      keyOf({ subject: 'user-2' }),
      keyOf({ clientId: 'other' }),
      keyOf({ issuer: 'https://other.example' }),
      // The same text, with its borders elsewhere.
      keyOf({ tenant: 'acmeuser', subject: '-1' }),
      keyOf({ tenant: '', subject: 'acmeuser-1' }),
    ];
    const records = keys.map(() => recordOf({ generation: 1 }));
    for (const [index, each] of keys.entries())
      assert.equal(await store.put(each, records[index] as never, undefined), true);
    for (const [index, each] of keys.entries()) assert.deepEqual(plain(await store.get(each)), plain(records[index]));
    await store.delete(keys[0] as never);
    assert.equal(await store.get(keys[0] as never), undefined);
    assert.equal((await store.get(keys[1] as never))?.generation, 1);
  },

  async 'deletes, and then begins with the first generation again'({ store, otherStore }) {
    await store.delete(key);
    await store.put(key, recordOf({ generation: 1 }), undefined);
    await store.put(key, recordOf({ generation: 2 }), 1);
    assert.equal((await otherStore.get(key))?.generation, 2);
    await otherStore.delete(key);
    await store.delete(key);
    for (const each of [store, otherStore]) assert.equal(await each.get(key), undefined);
    assert.equal(await store.put(key, recordOf({ generation: 3 }), 2), false);
    assert.equal(await store.put(key, recordOf({ generation: 1 }), undefined), true);
    assert.equal((await otherStore.get(key))?.generation, 1);
  },

  async 'writes nothing for somebody who lost the lock'({ store, otherStore, clock }) {
    const lost = await store.lock(key, { ttlMs: 1000 });
    await clock.advance(1000);
    const held = await otherStore.lock(key, { ttlMs: 1000 });
    assert.equal(await store.put(key, recordOf({ generation: 1 }), undefined, lost), false);
    assert.equal(await otherStore.put(key, recordOf({ generation: 1 }), undefined, held), true);
    await held.release();
  },

  async 'takes no lock for no time, or for ever'({ store }) {
    for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await assert.rejects(store.lock(key, { ttlMs }), { name: 'OptionError' });
  },

  async 'says that it was closed'({ store }) {
    await store.close();
    await store.close();
    const refused = { name: 'TokenStoreError', code: 'closed' };
    await assert.rejects(store.get(key), refused);
    await assert.rejects(store.put(key, recordOf({ generation: 1 }), undefined), refused);
    await assert.rejects(store.lock(key, { ttlMs: 1 }), refused);
  },
};
