import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { StoredRow } from '../src/store/token-driver.ts';
import type { ContractCases } from './store-contract.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const row = (revision: number, text = `row ${revision}`): StoredRow => ({
  revision,
  bytes: bytes(text),
  mark: bytes(`mark ${text}`),
});
const first = { expected: undefined };

/** What a driver does with rows and locks. */
export const driverCases: ContractCases = {
  async 'finds nothing where nothing was written'({ driver }) {
    assert.deepEqual(await driver.read('a'), { row: undefined, mark: undefined });
  },

  async 'gives back row and mark byte for byte, to everybody who shares the place'({ driver, other }) {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    assert.equal(await driver.write('a', { revision: 1, bytes: every, mark: every }, first), 'written');
    for (const each of [driver, other]) {
      const { row: found, mark } = await each.read('a');
      assert.equal(found?.revision, 1);
      assert.deepEqual([Buffer.from(found.bytes), Buffer.from(mark ?? [])], [Buffer.from(every), Buffer.from(every)]);
    }
  },

  async 'writes over the revision that is expected and over no other, and leaves row and mark alone then'(bench) {
    const { driver, other } = bench;
    assert.equal(await driver.write('a', row(1), { expected: 7 }), 'changed');
    assert.equal(await driver.write('a', row(1), first), 'written');
    assert.equal(await other.write('a', row(1, 'again'), first), 'changed');
    assert.equal(await other.write('a', row(2), { expected: 1 }), 'written');
    assert.equal(await driver.write('a', row(2, 'late'), { expected: 1 }), 'changed');
    const { row: found, mark } = await driver.read('a');
    assert.deepEqual([found?.revision, Buffer.from(found?.bytes ?? []).toString()], [2, 'row 2']);
    assert.equal(Buffer.from(mark ?? []).toString(), 'mark row 2');
  },

  async 'keeps rows apart by their ids'({ driver }) {
    await driver.write('a', row(1, 'of a'), first);
    await driver.write('b', row(1, 'of b'), first);
    await driver.write('b', row(2, 'of b, newer'), { expected: 1 });
    assert.equal(Buffer.from((await driver.read('a')).row?.bytes ?? []).toString(), 'of a');
  },

  async 'lets exactly one of many writes win'({ driver, other }) {
    const law = fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 8 }), async (who) => {
      const expected = (await driver.read('a')).row?.revision;
      const next = row((expected ?? 0) + 1);
      const writes = who.map((isOther) => (isOther ? other : driver).write('a', next, { expected }));
      const won = (await Promise.all(writes)).filter((result) => result === 'written');
      assert.equal(won.length, 1);
    });
    await fc.assert(law, { numRuns: 10 });
  },

  async 'gives a lock to one holder at a time, and to the next when it is released'({ driver, other, clock }) {
    const held = await driver.lock('a', { ttlMs: 1000 });
    let isTaken = false;
    const waiting = other.lock('a', { ttlMs: 1000 }).then((lock) => ((isTaken = true), lock));
    await clock.advance(500);
    assert.equal(isTaken, false);
    await held.release();
    const next = await clock.runUntil(waiting);
    assert.notEqual(next.fence, held.fence);
    assert.ok(clock.monotonic() < 1000);
    await next.release();
  },

  async 'gives locks of other ids meanwhile'({ driver, other }) {
    const held = await driver.lock('a', { ttlMs: 1000 });
    const another = await other.lock('b', { ttlMs: 1000 });
    await Promise.all([held.release(), another.release()]);
  },

  async 'frees the lock of a holder that died when its time is over, and not before'({ driver, other, clock }) {
    await driver.lock('a', { ttlMs: 1000 });
    const next = await clock.runUntil(other.lock('a', { ttlMs: 1000 }));
    assert.ok(clock.monotonic() >= 1000 && clock.monotonic() < 1200, `after ${clock.monotonic()} ms`);
    await next.release();
  },

  async 'refuses what is written under a lock that was lost, released, or is of another id'({ driver, other, clock }) {
    const lost = await driver.lock('a', { ttlMs: 1000 });
    assert.equal(await driver.write('a', row(1), { expected: undefined, fence: lost.fence }), 'written');
    await clock.advance(1000);
    assert.equal(await driver.write('a', row(2), { expected: 1, fence: lost.fence }), 'unlocked');
    const held = await other.lock('a', { ttlMs: 1000 });
    assert.equal(await driver.write('a', row(2), { expected: 1, fence: lost.fence }), 'unlocked');
    assert.equal(await other.write('b', row(1), { expected: undefined, fence: held.fence }), 'unlocked');
    assert.equal(await other.write('a', row(2), { expected: 1, fence: held.fence }), 'written');
    await held.release();
    assert.equal(await other.write('a', row(3), { expected: 2, fence: held.fence }), 'unlocked');
  },

  async 'does not release a lock on behalf of somebody who lost it'({ driver, other, clock }) {
    const lost = await driver.lock('a', { ttlMs: 1000 });
    await clock.advance(1000);
    const held = await other.lock('a', { ttlMs: 1000 });
    await lost.release();
    await lost.release();
    assert.equal(await other.write('a', row(1), { expected: undefined, fence: held.fence }), 'written');
    await held.release();
  },

  async 'stops waiting for a lock the moment the signal aborts, with its reason'({ driver, other }) {
    const held = await driver.lock('a', { ttlMs: 1000 });
    const controller = new AbortController();
    const waiting = other.lock('a', { ttlMs: 1000, signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    await held.release();
    await assert.rejects(driver.lock('a', { ttlMs: 1000, signal: controller.signal }), (error) => error === reason);
    await (await driver.lock('a', { ttlMs: 1000 })).release();
  },

  async 'law: whoever comes and goes, a lock never has two holders'({ driver, other, clock }) {
    const visit = fc.record({ isOther: fc.boolean(), afterMs: fc.nat(200), forMs: fc.nat(100), dies: fc.boolean() });
    const law = fc.asyncProperty(fc.array(visit, { minLength: 2, maxLength: 6 }), async (visits) => {
      let holders = 0;
      const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimer(resolve, ms));
      const all = visits.map(async ({ isOther, afterMs, forMs, dies }) => {
        await wait(afterMs);
        const lock = await (isOther ? other : driver).lock('a', { ttlMs: 150 });
        assert.equal(++holders, 1);
        await wait(forMs);
        holders--;
        if (!dies) await lock.release();
      });
      await clock.runUntil(Promise.all(all));
      await clock.advance(150);
    });
    await fc.assert(law, { numRuns: 15 });
  },
};
