import { refusalOf, sleep } from '@holdfast/core';
import { ManualClock, seededRandom } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, keyUpstream, service } from '../../test/key-upstream.ts';
import type { CredentialSource, RefreshEvent } from '../index.ts';
import { lifetimeOf } from './lifetime.ts';
import { defaults } from '../options.ts';

const hourMs = 3_600_000;

/** An identity provider that can be down, and whose tokens last for an hour. */
function provider(clock: ManualClock): { source: CredentialSource; asked: number[]; isDown: boolean } {
  const asked: number[] = [];
  const state = {
    asked,
    isDown: false,
    source: {
      id: 'provider',
      kind: 'token' as const,
      async read() {
        asked.push(clock.monotonic());
        if (state.isDown) throw new Error('503');
        return { value: `token-${asked.length}`, expiresAtMs: clock.now() + hourMs };
      },
    },
  };
  return state;
}

describe('a value that ends', () => {
  it('is replaced in the background before it ends, and no call waits for that', async () => {
    const clock = new ManualClock();
    const events: RefreshEvent[] = [];
    const { source, asked } = provider(clock);
    const upstream = keyUpstream();
    const onRefresh = (event: RefreshEvent): void => void events.push(event);
    const { call } = service(upstream.fetch, { credentials: source, onRefresh }, { clock, random: () => 0 });
    await call();
    await clock.advance(hourMs - 300_001);
    await call();
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await call();
    expect(upstream.seen).toEqual(['token-1', 'token-1', 'token-1']);
    await clock.advance(0);
    await call();
    expect(upstream.seen.at(-1)).toBe('token-2');
    expect(events).toMatchObject([{ credential: 'provider', trigger: 'ending', result: 'renewed' }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('law: the moment lies in its last fifth and in its last five minutes, and before the second half of that', () => {
    const law = fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (lifeMs, chance) => {
        const rules = defaults.refresh;
        const { refreshAtMs, expiresAtMs } = lifetimeOf(1000 + lifeMs, { nowMs: 1000, random: () => chance, rules });
        const aheadMs = Math.min(lifeMs / 5, 300_000);
        expect(expiresAtMs).toBe(1000 + lifeMs);
        expect(refreshAtMs).toBeGreaterThanOrEqual(expiresAtMs - aheadMs - 1e-6);
        expect(refreshAtMs).toBeLessThanOrEqual(expiresAtMs - aheadMs / 2 + 1e-6);
      },
    );
    fc.assert(law);
  });

  it('is asked for once by all who find that it has ended', async () => {
    const clock = new ManualClock();
    const { source, asked } = provider(clock);
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: source }, { clock });
    await call();
    await clock.advance(2 * hourMs);
    await Promise.all(Array.from({ length: 20 }, () => call()));
    expect(asked).toHaveLength(2);
    expect(upstream.seen.slice(1)).toEqual(Array.from({ length: 20 }, () => 'token-2'));
  });

  it('that has ended already by the clock of this machine is used until upstream says no', async () => {
    const upstream = keyUpstream();
    let asked = 0;
    const source: CredentialSource = {
      id: 'skewed',
      kind: 'token',
      read: () => ({ value: `t${++asked}`, expiresAtMs: 5 }),
    };
    const { call } = service(upstream.fetch, { credentials: source });
    for (let index = 0; index < 5; index++) expect((await call()).status).toBe(200);
    expect(asked).toBe(1);
  });

  it.each([1, 2, 3, 4, 5])(
    'outlives a provider that is down for 60 s of its last minutes: no call fails, ten questions at most (seed %i)',
    async (seed) => {
      const clock = new ManualClock();
      const idp = provider(clock);
      const upstream = keyUpstream();
      const { call } = service(upstream.fetch, { credentials: idp.source }, { clock, random: seededRandom(seed) });
      await call();
      await clock.advance(hourMs - 150_000);
      idp.isDown = true;
      const before = idp.asked.length;
      for (let index = 0; index < 1000; index++) {
        expect((await call()).status).toBe(200);
        await clock.advance(60);
      }
      expect(idp.asked.length - before).toBeLessThanOrEqual(10);
      expect(idp.asked.length - before).toBeGreaterThan(1);
      idp.isDown = false;
      await clock.advance(60_000);
      await call();
      await clock.advance(0);
      expect((await call()).status).toBe(200);
      expect(upstream.seen.at(-1)).toBe(`token-${idp.asked.length}`);
    },
  );

  it('is missed at once during the cooldown of its source, with the time at which it is asked again', async () => {
    const clock = new ManualClock();
    const idp = provider(clock);
    const { call } = service(keyUpstream().fetch, { credentials: idp.source }, { clock, random: () => 0.5 });
    await call();
    idp.isDown = true;
    await clock.advance(2 * hourMs);
    expect((await call()).status).toBe(401);
    const startedMs = clock.monotonic();
    const refused = await call();
    expect(clock.monotonic()).toBe(startedMs);
    expect(refusalOf(refused)).toMatchObject({ code: 'credentials_exhausted', layer: 'auth', retryAfterMs: 500 });
    expect(refused.headers.get('retry-after-ms')).toBe('500');
    expect((await errorOf(refused)).message).toContain('provider failed (Error)');
    expect(idp.asked).toHaveLength(2);
    await clock.advance(500);
    await call();
    expect(idp.asked).toHaveLength(3);
  });

  it('is on no trial once it was accepted, by whichever call', async () => {
    const clock = new ManualClock();
    const upstream = keyUpstream('t1');
    let asked = 0;
    const { call } = service(
      upstream.fetch,
      { credentials: async () => (await sleep(clock, 5), `t${++asked}`) },
      { clock },
    );
    const controller = new AbortController();
    const first = call({ signal: controller.signal });
    await clock.advance(5);
    // It was rejected, and gives up while the next token is on its way: nobody has tried that yet.
    controller.abort(new Error('no longer wanted'));
    await expect(first).rejects.toThrow('no longer wanted');
    await clock.advance(5);
    expect((await call()).status).toBe(200);
    upstream.revoke('t2');
    expect((await clock.runUntil(call())).status).toBe(200);
    expect(upstream.seen).toEqual(['t1', 't2', 't2', 't3']);
  });

  it('law: a source is never asked twice at once, whatever happens', async () => {
    const step = fc.constantFrom('call', 'call', 'call', 'revoke', 'wait', 'down', 'up', 'change', 'refresh', 'answer');
    const law = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new ManualClock();
      const upstream = keyUpstream();
      let [open, most, given] = [0, 0, 0];
      let isDown = false;
      let change = (): void => undefined;
      const answers: (() => void)[] = [];
      const source: CredentialSource = {
        id: 'source',
        kind: 'token',
        watch: (changed) => ((change = changed), () => undefined),
        async read() {
          most = Math.max(most, ++open);
          await new Promise<void>((resolve) => answers.push(resolve));
          open--;
          if (isDown) throw new Error('down');
          return { value: `t${++given}`, expiresAtMs: clock.now() + 10_000 };
        },
      };
      const { call, layer } = service(upstream.fetch, { credentials: source }, { clock });
      const pending: Promise<unknown>[] = [];
      for (const what of steps) {
        if (what === 'call') pending.push(call());
        if (what === 'revoke') upstream.revoke(`t${given}`);
        if (what === 'wait') await clock.advance(1900);
        if (what === 'down') isDown = true;
        if (what === 'up') isDown = false;
        if (what === 'change') change();
        if (what === 'refresh') pending.push(layer.refresh().catch(() => undefined));
        if (what === 'answer') answers.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      isDown = false;
      const all = Promise.all(pending);
      let isDone = false;
      void all.finally(() => (isDone = true));
      while (!isDone) {
        for (const answer of answers.splice(0)) answer();
        await clock.advance(100);
      }
      expect(most).toBeLessThanOrEqual(1);
      await layer.close();
    });
    await fc.assert(law, { numRuns: 60 });
  });
});
