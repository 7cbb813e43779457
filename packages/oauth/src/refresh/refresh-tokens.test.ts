import { randomBytes } from 'node:crypto';
import { Secret } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../../test/records.ts';
import { refreshBench } from '../../test/refresh-bench.ts';
import { encryptedStore } from '../store/encrypted-store.ts';
import { encryptionKey } from '../store/key-encryption.ts';
import { MemoryDriver } from '../store/memory-driver.ts';
import { refreshTokens } from './refresh-tokens.ts';

describe('a token that is good', () => {
  it('comes from the store at first and from memory then, and no provider is asked', async () => {
    await using bench = await refreshBench();
    const { tokens, store, key, far } = bench;
    const record = await bench.signIn();
    expect((await tokens.tokenFor(key)).equals(record.accessToken)).toBe(true);
    await store.close();
    expect((await tokens.tokenFor(key)).equals(record.accessToken)).toBe(true);
    expect(far.requests).toBe(0);
  });

  it('is given until it is rejected where its end is not known', async () => {
    await using bench = await refreshBench();
    const record = await bench.signIn({ expiresAtMs: undefined });
    bench.far.expiresIn = undefined;
    await bench.clock.advance(10 * 365 * 24 * 3_600_000);
    expect((await bench.tokens.tokenFor(bench.key)).equals(record.accessToken)).toBe(true);
    const renewed = await bench.run(bench.tokens.tokenFor(bench.key, { rejected: record.accessToken }));
    expect(renewed.reveal()).toBe(bench.far.lastAccess);
  });

  it('is given while another process refreshes it', async () => {
    await using bench = await refreshBench();
    const record = await bench.signIn({ state: 'refreshing' });
    expect((await bench.tokens.tokenFor(bench.key)).equals(record.accessToken)).toBe(true);
  });
});

describe('a token that has ended', () => {
  it('is refreshed, and the record that is kept has the new refresh token and the scope of before', async () => {
    await using bench = await refreshBench();
    const record = await bench.signIn();
    await bench.clock.advance(300_000);
    const token = await bench.run(bench.tokens.tokenFor(bench.key));
    expect(token.reveal()).toBe(bench.far.lastAccess);
    const kept = await bench.kept();
    expect(kept).toMatchObject({ generation: 3, state: 'active', scope: 'openid' });
    expect(kept?.expiresAtMs).toBe(bench.clock.now() + 300_000);
    expect(kept?.refreshToken?.equals(record.refreshToken as Secret)).toBe(false);
    expect(bench.events).toMatchObject([{ issuer: bench.far.issuer, tenant: 'acme', result: 'renewed' }]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('counts as ended when less is left of it than a request may take', async () => {
    await using bench = await refreshBench({ marginMs: 10_000 });
    await bench.signIn();
    await bench.tokens.tokenFor(bench.key);
    await bench.clock.advance(290_000);
    await bench.run(bench.tokens.tokenFor(bench.key));
    expect(bench.far.grants).toBe(1);
  });

  it('law: however many ask at once, in one process or several, one refresh token is spent once', async () => {
    const law = fc.asyncProperty(fc.array(fc.nat(2), { minLength: 2, maxLength: 12 }), async (who) => {
      await using bench = await refreshBench();
      await bench.signIn({ expiresAtMs: bench.clock.now() });
      const processes = [bench.tokens, bench.another(), bench.another()];
      const asked = who.map((index) => processes[index]?.tokenFor(bench.key) as Promise<Secret>);
      const given = await bench.run(Promise.all(asked));
      expect(new Set(given.map((token) => token.reveal()))).toEqual(new Set([bench.far.lastAccess]));
      expect([bench.far.requests, bench.far.replays]).toEqual([1, 0]);
      expect((await bench.kept())?.generation).toBe(3);
    });
    await fc.assert(law, { numRuns: 15 });
  });

  it('asks the store no more often for many than for one', async () => {
    await using bench = await refreshBench();
    const record = await bench.signIn({ expiresAtMs: 0 });
    const asked = await Promise.all(
      [1, 20].map(async (callers) => {
        const inner = encryptionKey(randomBytes(32));
        let reads = 0;
        const unwrap: typeof inner.unwrap = (...given) => (reads++, inner.unwrap(...given));
        const { clock } = bench;
        const driver = new MemoryDriver({ clock, random: () => 0.5, pollMs: 20 });
        const store = encryptedStore(driver, { keys: { ...inner, unwrap }, clock });
        await store.put(bench.key, { ...record, ...bench.far.issue() }, undefined);
        const tokens = bench.another({ store });
        await bench.run(Promise.all(Array.from({ length: callers }, () => tokens.tokenFor(bench.key))));
        return reads;
      }),
    );
    expect(asked[1]).toBe(asked[0]);
  });

  it('keeps tenants apart: the refresh of one gives nothing to the other', async () => {
    await using bench = await refreshBench();
    await bench.signIn();
    const error = await bench.fails(bench.tokens.tokenFor(keyOf({ issuer: bench.far.issuer, tenant: 'globex' })));
    expect(error).toMatchObject({ code: 'reauth_required', reason: 'not_signed_in', tenant: 'globex' });
  });
});

describe('a token that was rejected', () => {
  it('is replaced though it has not ended, once for all that were rejected with it', async () => {
    await using bench = await refreshBench();
    const { accessToken: rejected } = await bench.signIn();
    await bench.tokens.tokenFor(bench.key);
    const all = Array.from({ length: 5 }, () => bench.tokens.tokenFor(bench.key, { rejected }));
    const given = await bench.run(Promise.all(all));
    expect(new Set(given.map((token) => token.reveal()))).toEqual(new Set([bench.far.lastAccess]));
    expect((await bench.tokens.tokenFor(bench.key, { rejected })).reveal()).toBe(bench.far.lastAccess);
    expect(bench.far.grants).toBe(1);
  });

  it('is not refreshed where another process has done so: its new token is taken', async () => {
    await using bench = await refreshBench();
    const { accessToken: rejected } = await bench.signIn();
    await bench.tokens.tokenFor(bench.key);
    const other = await bench.run(bench.another().tokenFor(bench.key, { rejected }));
    const own = await bench.run(bench.tokens.tokenFor(bench.key, { rejected }));
    expect(own.equals(other)).toBe(true);
    expect(bench.far.grants).toBe(1);
  });

  it('is replaced for whoever joined a look into the store that knew nothing of it', async () => {
    await using bench = await refreshBench();
    const { accessToken: rejected } = await bench.signIn();
    const [first, second] = [bench.tokens.tokenFor(bench.key), bench.tokens.tokenFor(bench.key, { rejected })];
    expect((await bench.run(first)).equals(rejected)).toBe(true);
    expect((await bench.run(second)).reveal()).toBe(bench.far.lastAccess);
  });

  it('and whose successors are rejected too does not cost a refresh per call', async () => {
    await using bench = await refreshBench({ cooldownMs: 1000 });
    let rejected = (await bench.signIn()).accessToken;
    let refused = 0;
    for (let call = 0; call < 40; call++) {
      const next = bench.tokens.tokenFor(bench.key, { rejected });
      const result = await bench.run(next.catch((error: unknown) => error));
      if (result instanceof Secret) rejected = result;
      else refused++;
      await bench.clock.advance(50);
    }
    expect(bench.far.grants).toBeLessThanOrEqual(3);
    expect(refused).toBeGreaterThan(30);
  });
});

describe('whoever waits', () => {
  it('leaves when told to, with the reason; the refresh goes on for the others', async () => {
    await using bench = await refreshBench();
    await bench.signIn({ expiresAtMs: 0 });
    let open!: () => void;
    bench.far.gate = new Promise((resolve) => (open = resolve));
    const controller = new AbortController();
    const impatient = bench.tokens.tokenFor(bench.key, { signal: controller.signal });
    const patient = bench.tokens.tokenFor(bench.key);
    const reason = new Error('no longer wanted');
    setImmediate(() => controller.abort(reason));
    expect(await bench.fails(impatient)).toBe(reason);
    expect(await bench.fails(bench.tokens.tokenFor(bench.key, { signal: controller.signal }))).toBe(reason);
    open();
    expect((await bench.run(patient)).reveal()).toBe(bench.far.lastAccess);
    expect(bench.far.grants).toBe(1);
  });
});

describe('asSource', () => {
  it('is what auth takes: a token with its end, renewed when one is rejected, under an id that names no user', async () => {
    await using bench = await refreshBench();
    const record = await bench.signIn();
    const source = bench.tokens.asSource(bench.key);
    const { signal } = new AbortController();
    expect(source.kind).toBe('token');
    expect(source.id).toMatch(new RegExp(`^oauth:${new URL(bench.far.issuer).host}#[\\w-]{8}$`));
    expect(source.id).not.toBe(bench.tokens.asSource({ ...bench.key, subject: 'user-2' }).id);
    const first = await source.read({ signal });
    expect(first.value.equals(record.accessToken)).toBe(true);
    expect(first.expiresAtMs).toBe(record.expiresAtMs);
    const second = await bench.run(source.read({ signal, rejected: first.value }));
    expect(second.value.reveal()).toBe(bench.far.lastAccess);
  });
});

describe('forget', () => {
  it('lets go of what is in memory, such as after a sign-out', async () => {
    await using bench = await refreshBench();
    await bench.signIn();
    await bench.tokens.tokenFor(bench.key);
    await bench.store.delete(bench.key);
    bench.tokens.forget(bench.key);
    expect(await bench.fails(bench.tokens.tokenFor(bench.key))).toMatchObject({ code: 'reauth_required' });
  });
});

describe('options', () => {
  it.each([
    [{}, 'refreshTokens.store: expected a token store, such as sqliteStore(), got undefined'],
    [{ timeoutMs: 45_000 }, 'refreshTokens.lockTtlMs: expected more than timeoutMs (45000), got 45000'],
    [{ earlyMs: -1 }, 'refreshTokens.earlyMs: expected a duration in milliseconds, 0 or more, got -1'],
    [{ rotating: true }, 'refreshTokens.rotating: expected one of store, refresh, isRotating'],
  ])('that cannot work are refused: %j', async (options, message) => {
    await using bench = await refreshBench();
    const whole =
      Object.keys(options).length === 0 ? {} : { store: bench.store, refresh: () => new Promise(() => undefined) };
    expect(() => refreshTokens({ ...whole, ...options } as never)).toThrow(message);
  });
});
