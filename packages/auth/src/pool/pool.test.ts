import { journeyOf, refusalOf } from '@holdfast/core';
import { cannedFetch, errorAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, keyUpstream, service } from '../../test/key-upstream.ts';
import type { QuarantineEvent } from '../index.ts';

describe('a pool of keys', () => {
  it('is used in turn', async () => {
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: ['a', 'b', 'c'] });
    for (let index = 0; index < 6; index++) await call();
    expect(upstream.seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('answers by another key when one was revoked, and never tries the dead one again', async () => {
    const upstream = keyUpstream('a');
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    for (let index = 0; index < 20; index++) expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['a', ...Array.from({ length: 20 }, () => 'b')]);
  });

  it('suspects a key after a 401, and tells once which one died when a probe is rejected too', async () => {
    const upstream = keyUpstream('a');
    const events: QuarantineEvent[] = [];
    const onQuarantine = (event: QuarantineEvent): void => void events.push(event);
    const { call, clock, layer } = service(upstream.fetch, { credentials: ['a', 'b'], onQuarantine });
    const responses = await Promise.all(Array.from({ length: 8 }, () => call()));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(journeyOf(responses[0])?.entries.map((entry) => entry.type)).toEqual(['attempt', 'decision', 'attempt']);
    // However many were on their way, they say no more than the first.
    expect(events).toEqual([]);
    expect(layer.status()).toMatchObject([
      { id: 'key#1', state: 'suspect', why: 'invalid_api_key' },
      { state: 'active' },
    ]);

    await clock.advance(1000);
    for (let index = 0; index < 3; index++) expect((await call()).status).toBe(200);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ credential: 'key#1', kind: 'key', service: 'vault', usable: 1 });
    expect(events[0]?.fault.kind).toBe('invalid_credential');
  });

  it('is not broken by a listener that throws', async () => {
    const onQuarantine = (): never => {
      throw new Error('pager down');
    };
    const { call, clock, warnings } = service(keyUpstream('a').fetch, { credentials: ['a', 'b'], onQuarantine });
    for (let index = 0; index < 3; index++) {
      expect((await call()).status).toBe(200);
      await clock.advance(1000);
    }
    expect(warnings.join()).toContain('auth.onQuarantine');
  });

  it("hands back upstream's own 401 when the last key died, and refuses from then on without a request", async () => {
    const upstream = keyUpstream('a', 'b');
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    const first = await call();
    expect(first.status).toBe(401);
    expect(refusalOf(first)).toBeUndefined();
    expect((await errorOf(first)).code).toBe('invalid_api_key');
    const later = await call();
    expect(refusalOf(later)).toMatchObject({ code: 'credentials_exhausted', layer: 'auth' });
    expect(await errorOf(later)).toEqual({
      code: 'credentials_exhausted',
      type: 'authentication_error',
      param: null,
      message:
        'No usable credential: key#1 is suspect (invalid_api_key); key#2 is suspect (invalid_api_key). ' +
        'A call in 1000 ms tries again.',
    });
    expect(refusalOf(later)?.retryAfterMs).toBe(1000);
    expect(upstream.seen).toEqual(['a', 'b']);
  });

  it('asks upstream every time where one key stands alone, as its answer says more than a refusal', async () => {
    const upstream = keyUpstream('only');
    const { call } = service(upstream.fetch, { credentials: 'only' });
    for (let index = 0; index < 3; index++) expect((await errorOf(await call())).code).toBe('invalid_api_key');
    expect(upstream.seen).toEqual(['only', 'only', 'only']);
  });

  it.each([
    [429, 'rate_limit_exceeded'],
    [429, 'insufficient_quota'],
    [403, 'missing_scope'],
    [401, 'ip_not_authorized'],
    [400, 'invalid_value'],
    [500, null],
  ])('burns no second key for a %i of code %s', async (status, code) => {
    const upstream = cannedFetch(() => errorAnswer(status, { code }));
    const { call } = service(upstream, { credentials: ['a', 'b'] });
    expect((await call()).status).toBe(status);
    expect(upstream.calls).toHaveLength(1);
    await call();
    expect(new Headers(upstream.calls[1]?.init.headers).get('authorization')).toBe('Bearer b');
  });

  it('sends a body once that cannot be sent twice, and takes the dead key out all the same', async () => {
    const upstream = keyUpstream('a');
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    const body = new ReadableStream({ pull: (controller) => controller.close() });
    expect((await call({ body, duplex: 'half' } as RequestInit)).status).toBe(401);
    expect(upstream.seen).toEqual(['a']);
    expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['a', 'b']);
  });

  it('law: one call after the other, each dead key is tried once at most, and every call is answered while one lives', async () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-z]{4,8}$/), { minLength: 2, maxLength: 6 });
    const scene = keys.chain((all) => fc.record({ all: fc.constant(all), dead: fc.subarray(all) }));
    const law = fc.asyncProperty(scene, fc.nat(12), async ({ all, dead }, calls) => {
      const upstream = keyUpstream(...dead);
      const { call } = service(upstream.fetch, { credentials: all });
      for (let index = 0; index < calls; index++)
        expect((await call()).status).toBe(dead.length < all.length ? 200 : 401);
      for (const key of dead) expect(upstream.seen.filter((bearer) => bearer === key).length).toBeLessThanOrEqual(1);
    });
    await fc.assert(law, { numRuns: 60 });
  });

  it('law: all at once, each call is answered while one key lives and tries no key twice', async () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-z]{4,8}$/), { minLength: 2, maxLength: 5 });
    const scene = keys.chain((all) => fc.record({ all: fc.constant(all), dead: fc.subarray(all) }));
    const law = fc.asyncProperty(scene, fc.integer({ min: 1, max: 16 }), async ({ all, dead }, calls) => {
      const upstream = keyUpstream(...dead);
      const { call } = service(upstream.fetch, { credentials: all });
      const responses = await Promise.all(Array.from({ length: calls }, () => call()));
      for (const response of responses) {
        expect(response.status).toBe(dead.length < all.length ? 200 : 401);
        const tried = journeyOf(response)?.entries.flatMap((entry) =>
          entry.type === 'attempt' ? [entry.credential] : [],
        );
        expect(new Set(tried).size).toBe(tried?.length);
      }
    });
    await fc.assert(law, { numRuns: 60 });
  });
});
