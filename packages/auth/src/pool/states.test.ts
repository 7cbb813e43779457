import { refusalOf } from '@holdfast/core';
import { errorAnswer, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { upstreamOf } from '../../test/fault-upstream.ts';
import { errorOf, service } from '../../test/key-upstream.ts';
import type { EgressDeniedEvent, QuarantineEvent } from '../index.ts';

const rateLimited = (): Response => errorAnswer(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '20' });
const quotaSpent = (): Response => errorAnswer(429, { code: 'insufficient_quota', type: 'insufficient_quota' });
const wrongIp = (): Response => errorAnswer(401, { message: 'Your IP 10.0.0.1 is not authorized.' });
const noScope = (): Response => errorAnswer(403, { code: 'missing_scope' });

describe('a rate limit', () => {
  it('spares its limit domain until it is over, with all keys of it', async () => {
    const faults: Record<string, () => Response> = { a1: rateLimited };
    const upstream = upstreamOf(faults);
    const credentials = [
      { credential: 'a1', project: 'a' },
      { credential: 'a2', project: 'a' },
      { credential: 'b1', project: 'b' },
    ];
    const { call, clock, layer } = service(upstream.fetch, { credentials }, { random: () => 0 });
    while ((await call()).status === 200);
    upstream.seen.length = 0;
    for (let index = 0; index < 10; index++) expect((await call()).status).toBe(200);
    expect(new Set(upstream.seen)).toEqual(new Set(['b1']));
    expect(layer.status()).toMatchObject([
      { id: 'key#1', state: 'cooling', why: 'rate_limited', untilMs: clock.now() + 20_000, limitDomain: 'a' },
      { id: 'key#2', state: 'cooling' },
      { id: 'key#3', state: 'active', project: 'b' },
    ]);
    delete faults['a1'];
    await clock.advance(20_000);
    upstream.seen.length = 0;
    for (let index = 0; index < 10; index++) await call();
    expect(upstream.seen.some((bearer) => bearer.startsWith('a'))).toBe(true);
  });

  it('of one model spares nobody for another', async () => {
    let isFirst = true;
    const once = (): Response => {
      const response = isFirst ? rateLimited() : jsonAnswer();
      isFirst = false;
      return response;
    };
    const upstream = upstreamOf({ a: once });
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    await call();
    for (let index = 0; index < 4; index++) await call({ body: '{"model":"gpt-5-mini"}' });
    expect(upstream.seen).toEqual(['a', 'b', 'a', 'b', 'a']);
  });

  it('of all is asked of upstream all the same, by the one that is free first', async () => {
    const upstream = upstreamOf({
      a: rateLimited,
      b: () => errorAnswer(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '5' }),
    });
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    for (let index = 0; index < 4; index++) expect((await call()).status).toBe(429);
    expect(upstream.seen).toEqual(['a', 'b', 'b', 'b']);
  });
});

describe('a spent quota', () => {
  it('quarantines its limit domain, tells it once, and is looked at each ten minutes', async () => {
    const faults: Record<string, (() => Response) | undefined> = { a1: quotaSpent, a2: quotaSpent };
    const upstream = upstreamOf(faults);
    const events: QuarantineEvent[] = [];
    const credentials = [
      { credential: 'a1', limitDomain: 'acme' },
      { credential: 'a2', limitDomain: 'acme' },
      { credential: 'b', limitDomain: 'spare' },
    ];
    const onQuarantine = (event: QuarantineEvent): void => void events.push(event);
    const { call, clock, layer } = service(upstream.fetch, { credentials, onQuarantine }, { random: () => 0 });
    while ((await call()).status === 200);
    expect(events).toMatchObject([{ limitDomain: 'acme', usable: 1, fault: { kind: 'quota_exhausted' } }]);
    upstream.seen.length = 0;
    for (let minute = 0; minute < 60; minute++) {
      expect((await call()).status).toBe(200);
      await clock.advance(60_000);
    }
    expect(upstream.seen.filter((bearer) => bearer !== 'b')).toHaveLength(5);
    expect(layer.status()[1]).toMatchObject({ id: 'key#2', state: 'quarantined', why: 'insufficient_quota' });
    expect(events).toHaveLength(1);
    faults['a1'] = faults['a2'] = undefined;
    await call();
    expect(layer.status().map(({ state }) => state)).toEqual(['active', 'active', 'active']);
  });

  it('of every domain is a refusal at once, which says when', async () => {
    const upstream = upstreamOf({ a: quotaSpent, b: quotaSpent });
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    await call();
    await call();
    const refused = await call();
    expect(refusalOf(refused)).toMatchObject({ code: 'credentials_exhausted', retryAfterMs: 600_000 });
    expect((await errorOf(refused)).message).toContain('key#1 shares the quota of key#1, which is spent');
    expect(upstream.seen).toHaveLength(2);
  });
});

describe('an address that is not authorized', () => {
  it('quarantines no key for good, is told once for minutes, and fails at once', async () => {
    const upstream = upstreamOf({ a: wrongIp, b: wrongIp, c: wrongIp });
    const alerts: EgressDeniedEvent[] = [];
    const quarantined: QuarantineEvent[] = [];
    const { call, clock, layer } = service(upstream.fetch, {
      credentials: ['a', 'b', 'c'],
      onEgressDenied: (event) => void alerts.push(event),
      onQuarantine: (event) => void quarantined.push(event),
    });
    for (let index = 0; index < 100; index++) {
      const response = await call();
      expect(refusalOf(response)).toBeUndefined();
      expect(response.status).toBe(401);
    }
    // One request for a call: another key would come from the same address.
    expect(upstream.seen).toHaveLength(100);
    expect(alerts).toMatchObject([{ credential: 'key#1', fault: { kind: 'egress_denied' } }]);
    expect(quarantined).toEqual([]);
    expect(layer.status().map(({ state }) => state)).toEqual(['cooling', 'cooling', 'cooling']);
    await clock.advance(300_000);
    expect(layer.status().map(({ state }) => state)).toEqual(['active', 'active', 'active']);
    await call();
    expect(alerts).toHaveLength(2);
  });

  it('of one key leaves the calls to the others', async () => {
    const upstream = upstreamOf({ a: wrongIp });
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    for (let index = 0; index < 5; index++) await call();
    expect(upstream.seen).toEqual(['a', 'b', 'b', 'b', 'b']);
  });
});

describe('a missing scope', () => {
  it('is remembered for the operation: another key does that, and the same key everything else', async () => {
    const upstream = upstreamOf({ a: noScope });
    const { call, clock } = service(upstream.fetch, { credentials: ['a', 'b'] });
    expect((await call()).status).toBe(403);
    for (let index = 0; index < 3; index++) expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['a', 'b', 'b', 'b']);
    await call({ body: '{"model":"e"}' }, 'https://api.openai.com/v1/embeddings');
    expect(upstream.seen.at(-1)).toBe('a');
    await clock.advance(600_000);
    await call();
    await call();
    expect(upstream.seen.slice(-2)).toContain('a');
  });
});
