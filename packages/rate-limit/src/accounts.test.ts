import { pipeline, Secret, type Fetch, type Middleware } from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { domain, ending, origin, told } from '../test/service.ts';
import { rateLimit, type RateLimitOptions } from './index.ts';

const url = `${origin}/v1/chat/completions`;

/** Stands where the choice among credentials is made, further in than limits. Account `none` is the client's own. */
function service(options: RateLimitOptions, answer: (account: string) => Response) {
  const clock = new ManualClock();
  const layer = rateLimit(options);
  let account = 'a';
  const choosing: Middleware = {
    name: 'choosing',
    layer: 'auth',
    handle: (call, next) => {
      if (account.startsWith('client')) return next(call);
      const secret = Secret.from(`sk-${account}`, 'test');
      const limitDomain = account.replace(/\d$/, '');
      return next(call.with({ credential: { id: account, kind: 'key', secret, origins: [origin], limitDomain } }));
    },
  };
  const fetch: Fetch = async () => answer(account);
  const resilient = pipeline({ clock, random: () => 0.5, fetch })
    .use(layer)
    .use(choosing)
    .build();
  const call = (as: string, deadlineMs = 60_000): Promise<string> => {
    account = as;
    const headers = { authorization: `Bearer ${as}` };
    const holdfast = { deadlineMs };
    return ending(
      resilient.fetch(url, { method: 'POST', body: '{"model":"gpt-5"}', headers, holdfast } as RequestInit),
    );
  };
  return { clock, call, stats: () => layer.stats()[domain] };
}

const limits = (account: string): Response => {
  const limit = account.includes('small') ? 10 : 1000;
  return jsonAnswer(undefined, { headers: told('requests', limit, limit - 1) });
};

describe('several accounts behind one layer', () => {
  it.each([
    ['credentials of several projects', 'small', 'large'],
    ['several clients', 'client-small', 'client-large'],
  ])('are noticed when one comes back, and then none holds another up: %s', async (_name, small, large) => {
    let isLimited = false;
    const { call, clock, stats } = service({}, (account) =>
      isLimited && account === small
        ? errorAnswer(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '30' })
        : limits(account),
    );
    await call(small);
    expect(stats()?.requests).toMatchObject({ limit: 10 });
    await clock.advance(20_000);
    await call(large);
    await clock.advance(20_000);
    await call(small);
    expect(stats()?.requests.limit).toBeUndefined();
    isLimited = true;
    expect(await call(small)).toBe('rate_limit_exceeded');
    expect(stats()?.frozenMs).toBe(0);
    for (let index = 0; index < 50; index++) expect(await call(large, 1000)).toBe('ok');
  });

  it('go by the limits that options tell, and those are not refilled by it', async () => {
    const { call, clock, stats } = service({ limits: { '*': { requestsPerMinute: 60 } } }, limits);
    for (const account of ['small', 'large', 'small']) {
      await call(account);
      await clock.advance(1000);
    }
    expect(stats()?.requests.limit).toBe(60);
    for (let index = 0; index < 20; index++) await call(index % 2 === 0 ? 'small' : 'large');
    expect(stats()?.requests.remaining).toBeLessThan(45);
  });

  it('are one again a minute after the last change', async () => {
    const { call, clock, stats } = service({}, limits);
    for (const account of ['small', 'large', 'small']) {
      await call(account);
      await clock.advance(1000);
    }
    expect(stats()?.requests.limit).toBeUndefined();
    await clock.advance(60_000);
    await call('large');
    expect(stats()?.requests.limit).toBe(1000);
  });

  it('are not keys of one project, nor a key that replaced another', async () => {
    const { call, clock, stats } = service({}, limits);
    for (const account of ['large1', 'large2', 'large1', 'large2']) {
      await call(account);
      await clock.advance(1000);
    }
    expect(stats()?.requests.limit).toBe(1000);
    await call('other');
    expect(stats()?.requests.limit).toBe(1000);
  });
});
