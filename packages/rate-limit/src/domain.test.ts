import { Secret, type Credential } from '@holdfast/core';
import { cannedFetch, errorAnswer, hang } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { domain, ending, good, origin, setUp, told, type Asked } from '../test/service.ts';

const names = (layer: { stats(): object }): string[] => Object.keys(layer.stats());
const credential: Credential = {
  id: 'key-eu',
  kind: 'key',
  secret: Secret.from('sk-secret', 'test'),
  origins: [origin],
};

describe('limits', () => {
  it('are shared by dated snapshots of a model, and by nothing else', async () => {
    const { layer, learn } = setUp(cannedFetch(good()));
    for (const model of ['gpt-5', 'gpt-5-2025-08-07', 'gpt-5-mini', 'gpt-5-2025-08-07']) await learn({ model });
    expect(names(layer).toSorted()).toEqual([domain, `${domain}-mini`]);
    expect(layer.stats()[domain]?.ledger.settled).toBe(3);
  });

  it.each<[string, Asked, string]>([
    ['organization', { headers: { 'openai-organization': 'org-a' } }, `${domain} org-a/`],
    ['project', { headers: { 'openai-project': 'p' } }, `${domain} /p`],
    ['operation, where no model is named', { body: '{}', path: '/v1/files' }, `${origin} other`],
  ])('differ by %s', async (_name, asked, name) => {
    const { layer, learn } = setUp(cannedFetch(good()));
    await learn();
    await learn(asked);
    expect(names(layer)).toEqual([domain, name]);
  });

  it('differ by the credential that an endpoint brings, and never show it', async () => {
    const { layer, learn } = setUp(cannedFetch(good()), {}, () => ({ credential }));
    await learn({ headers: { 'openai-organization': 'org-a' } });
    expect(names(layer)).toEqual([`${domain} key-eu`]);
  });

  it('are told apart as the options say', async () => {
    const { layer, learn } = setUp(cannedFetch(good()), {
      domain: (call) => call.header('x-team') ?? '',
      family: (model) => model.slice(0, 5),
    });
    await learn({ model: 'gpt-5-mini', headers: { 'x-team': 'blue' } });
    await learn({ model: 'gpt-5-nano', headers: { 'x-team': 'x'.repeat(1000) } });
    await learn({ model: 'gpt-5', headers: { 'x-team': 'blue' } });
    expect(names(layer)).toEqual([`${domain} ${'x'.repeat(128)}`, `${domain} blue`]);
  });

  it('told in options hold for every snapshot of their model', async () => {
    const { layer, learn } = setUp(cannedFetch(good()), {
      limits: {
        'gpt-5-2025-08-07': { requestsPerMinute: 7 },
        o3: { requestsPerMinute: 5 },
        'o3-2025-04-16': { requestsPerMinute: 50 },
        '*': { requestsPerMinute: 9 },
      },
    });
    for (const model of ['gpt-5', 'o3-2025-04-16', 'constructor']) await learn({ model });
    expect(Object.values(layer.stats()).map(({ requests }) => requests.limit)).toEqual([7, 5, 9]);
  });

  it('that an answer tells win over those of options', async () => {
    const limits = { '*': { requestsPerMinute: 10, tokensPerMinute: 100 } };
    const { learn, stats } = setUp(cannedFetch(good(told('requests', 500, 400))), { limits });
    await learn();
    expect(stats()?.requests).toMatchObject({ limit: 500, remaining: 400 });
    expect(stats()?.tokens.limit).toBe(100);
  });

  it('are kept for so many and no more, and those in use are not forgotten', async () => {
    const { layer, learn, stats } = setUp(cannedFetch(good(told('requests', 60_000, 59_000))), { maxDomains: 3 });
    for (let index = 0; index < 50; index++) {
      await learn();
      await learn({ model: `m${index}` });
      await learn({ model: `m${index}` });
    }
    expect(names(layer)).toHaveLength(3);
    expect(stats()?.ledger.settled).toBeGreaterThanOrEqual(50);
  });

  it('are not forgotten while calls wait, who are still refused when the pipeline closes', async () => {
    const upstream = cannedFetch(() => errorAnswer(429, {}, { 'retry-after': '30' }));
    const { call, clock, layer, learn, resilient } = setUp(upstream, { maxDomains: 2 });
    const endings: Promise<string>[] = [];
    for (const model of ['a', 'b', 'c']) {
      await learn({ model });
      endings.push(ending(call({ model })));
    }
    expect(names(layer)).toHaveLength(3);
    await resilient.close();
    expect(await Promise.all(endings)).toEqual(Array(3).fill('rate_limited_local'));
    expect(clock.pendingTimers).toBe(0);
    await learn({ model: 'd' });
    expect(names(layer)).toEqual([`${origin} c`, `${origin} d`]);
  });

  it('with calls under way go when there is no other', async () => {
    const { call, layer } = setUp(cannedFetch(hang), { maxDomains: 2 });
    for (const model of ['a', 'b', 'c']) void ending(call({ model }));
    expect(names(layer)).toEqual([`${origin} b`, `${origin} c`]);
  });

  it('do not remember names that are longer than any model has', async () => {
    const { layer, learn } = setUp(cannedFetch(good()));
    await learn({ model: 'm'.repeat(100_000) });
    expect(names(layer)).toEqual([`${origin} ${'m'.repeat(128)}`]);
  });
});
