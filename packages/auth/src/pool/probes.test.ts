import { refusalOf, type Fetch } from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invalid, upstreamOf } from '../../test/fault-upstream.ts';
import { errorOf, keyUpstream, service } from '../../test/key-upstream.ts';
import type { StateChangeEvent } from '../index.ts';

describe('by hand', () => {
  it('a key is drained, revoked and restored, and each change is told', async () => {
    const upstream = keyUpstream();
    const changes: StateChangeEvent[] = [];
    const onStateChange = (event: StateChangeEvent): void => void changes.push(event);
    const { call, layer } = service(upstream.fetch, { credentials: ['a', 'b'], onStateChange });
    layer.drain('key#1');
    await call();
    await call();
    layer.restore('key#1');
    layer.revoke('key#2');
    await call();
    await call();
    expect(upstream.seen).toEqual(['b', 'b', 'a', 'a']);
    expect(layer.status()).toMatchObject([{ state: 'active' }, { state: 'revoked', why: 'by hand' }]);
    expect(changes.map(({ credential, from, to }) => [credential, from, to])).toEqual([
      ['key#1', 'active', 'draining'],
      ['key#1', 'draining', 'active'],
      ['key#2', 'active', 'revoked'],
    ]);
    layer.drain('key#1');
    expect((await errorOf(await call())).message).toBe(
      'No usable credential: key#1 was taken out by hand; key#2 is revoked (by hand). ' +
        'Replace the keys and start anew, or restore them.',
    );
  });

  it('a key that stands alone can be taken out as well', async () => {
    const { call, layer } = service(keyUpstream().fetch, { credentials: 'only' });
    layer.revoke('key#1');
    expect(refusalOf(await call())?.code).toBe('credentials_exhausted');
    layer.restore('key#1');
    expect((await call()).status).toBe(200);
  });
});

describe('a blip', () => {
  it('that rejects every key for 200 ms costs a second, and no key', async () => {
    let isDown = true;
    const upstream = upstreamOf({
      a: () => (isDown ? invalid() : jsonAnswer()),
      b: () => (isDown ? invalid() : jsonAnswer()),
    });
    const { call, clock, layer } = service(upstream.fetch, { credentials: ['a', 'b'] });
    await Promise.all(Array.from({ length: 10 }, () => call()));
    await clock.advance(200);
    isDown = false;
    expect(refusalOf(await call())?.retryAfterMs).toBe(800);
    await clock.advance(800);
    for (let index = 0; index < 10; index++) expect((await call()).status).toBe(200);
    expect(layer.status().map(({ state }) => state)).toEqual(['active', 'active']);
  });

  it('of a probe that never comes back keeps nobody from trying again', async () => {
    const clock = new ManualClock();
    let isDead = true;
    const upstream = upstreamOf({});
    const fetch: Fetch = async (input, init) => {
      const response = await upstream.fetch(input, init);
      if (upstream.seen.at(-1) !== 'a') return response;
      if (clock.monotonic() >= 1000 && clock.monotonic() < 2000) return new Promise<Response>(() => undefined);
      return isDead ? invalid() : response;
    };
    const { call, layer } = service(fetch, { credentials: ['a', 'b'] }, { clock });
    await call();
    await clock.advance(1000);
    void call();
    await clock.advance(59_000);
    for (let index = 0; index < 4; index++) expect((await call()).status).toBe(200);
    isDead = false;
    await clock.advance(1000);
    for (let index = 0; index < 4; index++) expect((await call()).status).toBe(200);
    expect(layer.status()[0]?.state).toBe('active');
  });
});

describe('a probe', () => {
  it('that tells nothing is followed by another a second later, and not at once', async () => {
    let answer = invalid;
    const upstream = upstreamOf({ a: () => answer() });
    const { call, clock, layer } = service(upstream.fetch, { credentials: ['a', 'b'] });
    await call();
    answer = () => errorAnswer(500);
    await clock.advance(1000);
    for (let index = 0; index < 6; index++) await call();
    expect(upstream.seen.filter((bearer) => bearer === 'a')).toHaveLength(2);
    expect(layer.status()[0]?.state).toBe('suspect');
    answer = () => jsonAnswer();
    await clock.advance(1000);
    for (let index = 0; index < 6; index++) expect((await call()).status).toBe(200);
    expect(layer.status()[0]?.state).toBe('active');
  });

  it('is no late answer to what was sent before: that refills no quota', async () => {
    let letLate!: () => void;
    const late = new Promise<void>((resolve) => (letLate = resolve));
    let count = 0;
    const { call, layer } = service(
      async () => {
        if (++count > 1) return errorAnswer(429, { code: 'insufficient_quota' });
        await late;
        return errorAnswer(400);
      },
      { credentials: ['a', 'b'].map((credential) => ({ credential, limitDomain: 'acme' })) },
    );
    const slow = call();
    await new Promise((resolve) => setImmediate(resolve));
    await call();
    letLate();
    expect((await slow).status).toBe(400);
    expect(layer.status().map(({ state }) => state)).toEqual(['quarantined', 'quarantined']);
  });

  it('is not needed by another value: what was held against the old one is over', async () => {
    let value = 'dead';
    let changed = (): void => undefined;
    const watch = (told: () => void) => ((changed = told), () => undefined);
    const upstream = keyUpstream('dead');
    const { call, clock, layer } = service(upstream.fetch, {
      credentials: [{ id: 'file', kind: 'token', read: () => value, watch }, 'spare'],
    });
    expect((await clock.runUntil(call())).status).toBe(200);
    expect(layer.status()[0]).toMatchObject({ id: 'file', state: 'suspect' });
    value = 'new';
    changed();
    await clock.advance(0);
    expect(layer.status()[0]?.state).toBe('active');
    await call();
    await call();
    expect(upstream.seen.filter((bearer) => bearer === 'new')).toHaveLength(1);
  });
});

describe('law: one at a time', () => {
  it('a quarantined key is sent only as a probe, and never twice at once', async () => {
    const step = fc.record({ waitMs: fc.constantFrom(0, 0, 10, 1000, 600_000), calls: fc.integer({ min: 1, max: 6 }) });
    const law = fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.scheduler(), async (steps, scheduler) => {
      const clock = new ManualClock();
      const underWay = new Map<string, number>();
      const sentAt: number[] = [];
      const fetch: Fetch = async (_input, init) => {
        const bearer = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? '';
        underWay.set(bearer, (underWay.get(bearer) ?? 0) + 1);
        const state = layer.status()[0]?.state;
        if (bearer === 'dead' && state !== 'active') {
          sentAt.push(clock.monotonic());
          expect(underWay.get('dead')).toBe(1);
          expect(state).not.toBe('revoked');
        }
        await scheduler.schedule(Promise.resolve());
        underWay.set(bearer, (underWay.get(bearer) ?? 0) - 1);
        return bearer === 'dead' ? invalid() : jsonAnswer();
      };
      const { call, layer } = service(fetch, { credentials: ['dead', 'good'] }, { clock });
      for (const { waitMs, calls } of steps) {
        const all = Promise.all(Array.from({ length: calls }, () => call()));
        for (const { status } of await scheduler.waitFor(all)) expect(status).toBe(200);
        await clock.advance(waitMs);
      }
      // One as a suspect, three in quarantine; and none sooner than it may.
      expect(sentAt.length).toBeLessThanOrEqual(4);
      for (let index = 2; index < sentAt.length; index++)
        expect((sentAt[index] as number) - (sentAt[index - 1] as number)).toBeGreaterThanOrEqual(600_000);
    });
    await fc.assert(law, { numRuns: 60 });
  });
});
