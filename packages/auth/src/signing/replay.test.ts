import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { edKey, gate, leave, verdict } from '../../test/signed-request.ts';
import { memoryNonces, type NonceStore } from '../index.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As a store far away: atomic there, and slow. */
function farStore(): NonceStore & { readonly used: string[] } {
  const used: string[] = [];
  return {
    used,
    async use(keyId, nonce) {
      await tick();
      const isFirst = !used.includes(`${keyId} ${nonce}`);
      if (isFirst) used.push(`${keyId} ${nonce}`);
      await tick();
      return isFirst;
    },
  };
}

describe('a request passes once', () => {
  it.each([
    ['in memory', (clock: ManualClock) => memoryNonces({ clock })],
    ['far away', () => farStore()],
  ])('of 20 at the same time one is accepted, with a store %s', async (_name, store) => {
    const clock = new ManualClock();
    const by = gate({ clock, nonceStore: store(clock) });
    const request = await leave({ key: edKey });
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verdict(by, request)));
    expect(verdicts.filter((one) => one === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((one) => one === 'nonce_replayed')).toHaveLength(19);
    expect(await verdict(by, request)).toBe('nonce_replayed');
  });

  it('a forgery uses up no nonce', async () => {
    const store = farStore();
    const by = gate({ nonceStore: store });
    const request = await leave();
    const signature = `sig1=:${Buffer.alloc(32).toString('base64')}:`;
    expect(await verdict(by, { ...request, headers: { ...request.headers, signature } })).toBe('signature_invalid');
    expect(await verdict(by, { ...request, body: 'another' })).toBe('digest_mismatch');
    expect(store.used).toEqual([]);
    expect(await verdict(by, request)).toBe('accepted');
  });

  it('whatever the clock says: up to its last moment as a replay, and then as expired', async () => {
    const by = gate();
    const request = await leave();
    expect(await verdict(by, request)).toBe('accepted');
    await by.clock.advance(59_999);
    expect(await verdict(by, request)).toBe('nonce_replayed');
    await by.clock.advance(1);
    expect(await verdict(by, request)).toBe('expired');
    await by.clock.advance(10_000);
    expect(await verdict(by, request)).toBe('too_old');
  });

  it('a replay that waits for its key until the store has forgotten is expired', async () => {
    const clock = new ManualClock();
    const forgetful: NonceStore = {
      // A clock of its own, fifteen seconds ahead.
      use: (keyId, nonce, endMs) => memory.use(keyId, nonce, endMs - 15_000),
    };
    const memory = memoryNonces({ clock });
    let release: (() => void) | undefined;
    const secret = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';
    const keys = (): Promise<{ alg: 'hmac-sha256'; secret: string }> =>
      new Promise((resolve) => (release = () => resolve({ alg: 'hmac-sha256', secret })));
    const by = gate({ clock, nonceStore: forgetful, keys, keyTimeoutMs: 60_000 });
    const request = await leave();
    const first = verdict(by, request);
    await tick();
    release?.();
    expect(await first).toBe('accepted');
    await clock.advance(59_000);
    const late = verdict(by, request);
    await tick();
    await clock.advance(2000);
    release?.();
    expect(await late).toBe('expired');
  });
});

describe('a store that is down lets nothing through', () => {
  it.each<[string, NonceStore['use']]>([
    ['rejects', () => Promise.reject(new Error('ECONNREFUSED redis://:password@nonces'))],
    [
      'throws',
      () => {
        throw new Error('not connected');
      },
    ],
    ['says nothing', () => Promise.resolve(undefined as never)],
    ['says OK', () => Promise.resolve('OK' as never)],
  ])('one that %s', async (_name, use) => {
    const refused = gate({ nonceStore: { use } }).verify(await leave());
    await expect(refused).rejects.toMatchObject({ code: 'nonce_store_failed', status: 503, keyId: 'shared-1' });
    await expect(refused).rejects.not.toThrow(/password/);
  });

  it('one that never answers', async () => {
    const by = gate({ nonceStore: { use: () => new Promise(() => undefined) } });
    const refused = expect(by.verify(await leave())).rejects.toMatchObject({ code: 'nonce_store_failed' });
    await by.clock.advance(1000);
    await refused;
    expect(by.clock.pendingTimers).toBe(0);
  });
});

describe('nonces in memory', () => {
  it('are kept until their end and never given up for others: a full store refuses', async () => {
    const clock = new ManualClock();
    const store = memoryNonces({ clock, maxEntries: 2 });
    const endMs = clock.now() + 5000;
    expect([await store.use('k', 'a', endMs), await store.use('k', 'b', endMs)]).toEqual([true, true]);
    await expect(store.use('k', 'c', endMs)).rejects.toThrow('memoryNonces: all 2 places are in use');
    expect(await store.use('k', 'a', endMs)).toBe(false);
    await clock.advance(5001);
    expect(await store.use('k', 'c', clock.now() + 5000)).toBe(true);
    expect(await store.use('k', 'a', clock.now() + 5000)).toBe(true);
  });

  it('belong to their key', async () => {
    const clock = new ManualClock();
    const store = memoryNonces({ clock });
    const endMs = clock.now() + 1000;
    expect([await store.use('a', 'bc', endMs), await store.use('ab', 'c', endMs)]).toEqual([true, true]);
  });

  it.each([{ maxEntries: 0 }, { clock: {} }, { size: 1 }])('refuse %j', (options) => {
    expect(() => memoryNonces(options as never)).toThrow(/^memoryNonces\./);
  });
});
