import { randomBytes } from 'node:crypto';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { refreshBench, type RefreshBench } from '../../test/refresh-bench.ts';
import { encryptedStore } from '../store/encrypted-store.ts';
import { encryptionKey, type KeyEncryptionKey } from '../store/key-encryption.ts';
import { MemoryDriver } from '../store/memory-driver.ts';
import type { TokenStore } from '../store/token-store.ts';

const ended = { expiresAtMs: 0 };

/** Lets sockets and promises run until `isDone`. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void;
  return { opened: new Promise<void>((resolve) => (open = resolve)), open: () => open() };
}

/** A process that stands still in the middle of its refresh, for longer than its lock lasts. */
async function stalled(bench: RefreshBench): Promise<{ readonly result: Promise<unknown>; resume(): void }> {
  const { opened, open } = gate();
  bench.far.gate = opened;
  const result = bench
    .another({ clock: new ManualClock() })
    .tokenFor(bench.key)
    .catch((error: unknown) => error);
  await until(() => bench.far.requests === 1);
  await bench.clock.advance(45_000);
  return { result, resume: open };
}

describe('a process that stood still for longer than its lock lasts', () => {
  it('costs no second grant: whoever comes takes its refresh token for spent', async () => {
    await using bench = await refreshBench();
    await bench.signIn(ended);
    const { result, resume } = await stalled(bench);
    expect(await bench.fails(bench.tokens.tokenFor(bench.key))).toMatchObject({ reason: 'interrupted' });
    expect(await bench.kept()).toMatchObject({ state: 'reauth_required', generation: 3 });
    resume();
    await result;
    expect([bench.far.requests, bench.far.replays]).toEqual([1, 0]);
  });

  it('brings its tokens when it wakes, and the user need not sign in after all', async () => {
    await using bench = await refreshBench();
    await bench.signIn(ended);
    const { result, resume } = await stalled(bench);
    await bench.fails(bench.tokens.tokenFor(bench.key));
    resume();
    await result;
    expect(await bench.kept()).toMatchObject({ state: 'active', generation: 4 });
    expect((await bench.tokens.tokenFor(bench.key)).reveal()).toBe(bench.far.lastAccess);
  });

  it('does not write over the tokens of a user who has signed in meanwhile, and gives those', async () => {
    await using bench = await refreshBench();
    await bench.signIn(ended);
    const { result, resume } = await stalled(bench);
    await bench.fails(bench.tokens.tokenFor(bench.key));
    const record = await bench.signIn();
    resume();
    expect((await bench.kept())?.accessToken.equals(record.accessToken)).toBe(true);
    expect(((await result) as typeof record.accessToken).equals(record.accessToken)).toBe(true);
  });

  it('does not bring back tokens that were deleted meanwhile', async () => {
    await using bench = await refreshBench();
    await bench.signIn(ended);
    const { result, resume } = await stalled(bench);
    await bench.store.delete(bench.key);
    resume();
    expect(await result).toMatchObject({ code: 'reauth_required', reason: 'not_signed_in' });
    expect(await bench.kept()).toBeUndefined();
  });
});

/** A store whose key answers as a test wants it. */
function keyedStore(
  clock: ManualClock,
  changes: (inner: KeyEncryptionKey) => Partial<KeyEncryptionKey>,
): { readonly plain: TokenStore; readonly changed: TokenStore } {
  const inner = encryptionKey(randomBytes(32), 'main');
  const driver = new MemoryDriver({ clock, random: () => 0.5, pollMs: 20 });
  const keys = { ...inner, ...changes(inner) };
  // A clock of its own that stands still: how long a key may take is not what this is about.
  const changed = encryptedStore(driver, { keys, clock: new ManualClock() });
  return { plain: encryptedStore(driver, { keys: inner, clock }), changed };
}

describe('a process that stood still between its lock and its first write', () => {
  it('sends nothing, and takes what the next one got', async () => {
    await using bench = await refreshBench();
    const { opened, open } = gate();
    let reads = 0;
    const { plain, changed } = keyedStore(bench.clock, (inner) => ({
      // The second read is the one under the lock.
      unwrap: async (...given) => (++reads === 2 ? opened.then(() => inner.unwrap(...given)) : inner.unwrap(...given)),
    }));
    const record = await bench.signIn(ended);
    await plain.put(bench.key, record, undefined);
    const slow = bench.another({ store: changed }).tokenFor(bench.key);
    await until(() => reads === 2);
    const quick = bench.another({ store: plain }).tokenFor(bench.key);
    const given = await bench.run(quick.finally(open));
    expect((await bench.run(slow)).equals(given)).toBe(true);
    expect([bench.far.requests, bench.far.replays]).toEqual([1, 0]);
  });
});

describe('new tokens that cannot be written', () => {
  const failing = (times: number): ((inner: KeyEncryptionKey) => Partial<KeyEncryptionKey>) => {
    let writes = 0;
    return (inner) => ({
      wrap: async (...given) => {
        // The first write says that the refresh was begun.
        if (++writes > 1 && writes <= 1 + times) throw new Error('unavailable');
        return inner.wrap(...given);
      },
    });
  };

  it('are written when the store is back, while the lock lasts', async () => {
    await using bench = await refreshBench();
    const { plain, changed } = keyedStore(bench.clock, failing(6));
    await plain.put(bench.key, await bench.signIn(ended), undefined);
    const token = await bench.run(bench.another({ store: changed }).tokenFor(bench.key));
    expect(token.reveal()).toBe(bench.far.lastAccess);
    expect((await plain.get(bench.key))?.accessToken.equals(token)).toBe(true);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('are given up when the lock is over: the user has to sign in, and nothing is sent again', async () => {
    await using bench = await refreshBench();
    const { plain, changed } = keyedStore(bench.clock, failing(1000));
    await plain.put(bench.key, await bench.signIn(ended), undefined);
    const error = await bench.fails(bench.another({ store: changed }).tokenFor(bench.key));
    expect(error).toMatchObject({ name: 'TokenStoreError', code: 'key_unavailable' });
    expect(bench.clock.monotonic()).toBeLessThan(45_000);
    expect(await bench.fails(bench.another({ store: plain }).tokenFor(bench.key))).toMatchObject({
      reason: 'interrupted',
    });
    expect([bench.far.requests, bench.far.replays]).toEqual([1, 0]);
  });
});

describe('what a user of it brings along', () => {
  it('a callback that throws is reported, and the token comes', async () => {
    await using bench = await refreshBench({
      onRefresh: () => {
        throw new Error('listener');
      },
    });
    await bench.signIn(ended);
    expect((await bench.run(bench.tokens.tokenFor(bench.key))).reveal()).toBe(bench.far.lastAccess);
    expect(bench.warnings).toMatchObject([['holdfast oauth: onRefresh threw', { message: 'listener' }]]);
  });

  it('a refresh that gives no secret is refused, and not taken for a token', async () => {
    await using bench = await refreshBench({ refresh: async () => ({ accessToken: 'a-plain-text-token' }) as never });
    await bench.signIn(ended);
    const error = await bench.fails(bench.tokens.tokenFor(bench.key));
    expect(error).toMatchObject({ name: 'TokenStoreError', code: 'invalid_record' });
    expect(error.message).not.toContain('a-plain-text-token');
  });
});
