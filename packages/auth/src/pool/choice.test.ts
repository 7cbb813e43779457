import { cannedFetch, errorAnswer, jsonAnswer, seededRandom } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyUpstream, service } from '../../test/key-upstream.ts';
import type { CredentialEntry } from '../index.ts';

const base = 'https://api.openai.com/v1';
const inProjects: CredentialEntry[] = [
  { credential: 'a1', project: 'a' },
  { credential: 'b1', project: 'b' },
  { credential: 'b2', project: 'b' },
];
const count = (seen: readonly string[], what: string): number =>
  seen.filter((bearer) => bearer.startsWith(what)).length;

describe('the choice of a credential', () => {
  it('law: gives each limit domain its share by weight, however many keys it has', async () => {
    const scene = fc.record({
      weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 }),
      seed: fc.nat(),
    });
    const law = fc.asyncProperty(scene, async ({ weights, seed }) => {
      const upstream = keyUpstream();
      const credentials = weights.flatMap((weight, domain) =>
        Array.from({ length: (domain % 3) + 1 }, (_, key) => ({
          ...{ credential: `${domain}-${key}`, limitDomain: `d${domain}`, weight },
        })),
      );
      const { call } = service(upstream.fetch, { credentials }, { random: seededRandom(seed) });
      for (let index = 0; index < 400; index++) await call();
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [domain, weight] of weights.entries())
        expect(Math.abs(count(upstream.seen, `${domain}-`) / 400 - weight / total)).toBeLessThan(0.08);
    });
    await fc.assert(law, { numRuns: 25 });
  });

  it('goes by the headroom that answers tell: a domain that is nearly used up gets few calls', async () => {
    const seen: string[] = [];
    const { call, clock } = service(
      async (_input, init) => {
        const bearer = new Headers(init?.headers).get('authorization') ?? '';
        seen.push(bearer);
        const remaining = bearer.endsWith('low') ? '10' : '900';
        const headers = { 'x-ratelimit-remaining-requests': remaining, 'x-ratelimit-limit-requests': '1000' };
        return jsonAnswer({}, { headers });
      },
      { credentials: ['low', 'high'] },
      { random: () => 0.5 },
    );
    for (let index = 0; index < 200; index++) {
      await call();
      await clock.advance(20);
    }
    const low = seen.filter((bearer) => bearer.endsWith('low')).length;
    expect(low).toBeGreaterThan(3);
    expect(low).toBeLessThan(30);
  });

  it('of a domain that was out gives it its share again, and not all that it missed', async () => {
    const upstream = keyUpstream();
    const credentials = inProjects.slice(0, 2).map((entry, index) => ({ ...entry, weight: index + 1 }));
    const { call, layer } = service(upstream.fetch, { credentials }, { random: seededRandom(7) });
    layer.drain('key#1');
    for (let index = 0; index < 100; index++) await call();
    layer.restore('key#1');
    upstream.seen.length = 0;
    for (let index = 0; index < 60; index++) await call();
    expect(count(upstream.seen, 'a')).toBeLessThan(30);
    expect(count(upstream.seen, 'a')).toBeGreaterThan(10);
  });
});

describe('what is kept in a project', () => {
  const asked = async (body: object, path: string, options: object = {}): Promise<Set<string>> => {
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: inProjects, ...options }, { random: seededRandom(3) });
    for (let index = 0; index < 12; index++) await call({ body: JSON.stringify(body) }, base + path);
    return new Set(upstream.seen);
  };

  it.each<[object, string]>([
    [{ previous_response_id: 'resp_1', store: false }, '/responses'],
    [{ model: 'gpt-5' }, '/responses'],
    [{ model: 'gpt-5', store: true }, '/chat/completions'],
    [{ model: 'ft:gpt-5:acme' }, '/chat/completions'],
    [{}, '/files/file-1/content'],
    [{}, '/files'],
    [{ input_file_id: 'file-1' }, '/batches'],
  ])('%j to %s goes to the first project, or to the one that was named', async (body, path) => {
    expect(await asked(body, path)).toEqual(new Set(['a1']));
    expect(await asked(body, path, { stateProject: 'b' })).toEqual(new Set(['b1', 'b2']));
  });

  it.each<[object, string]>([
    [{ model: 'gpt-5', store: false }, '/responses'],
    [{ model: 'gpt-5', messages: [{ role: 'user', content: 'what is a "store"?' }] }, '/chat/completions'],
    [{ input: 'x' }, '/embeddings'],
  ])('%j to %s goes to all of them', async (body, path) => {
    expect(await asked(body, path)).toEqual(new Set(['a1', 'b1', 'b2']));
  });

  it('is not looked for elsewhere when its project is out, and what is new is put elsewhere', async () => {
    const upstream = keyUpstream('a1');
    const { call, clock } = service(upstream.fetch, { credentials: inProjects });
    const bound = { body: '{"previous_response_id":"resp_1"}' };
    expect((await call(bound, `${base}/responses`)).status).toBe(401);
    await clock.advance(1000);
    expect((await call({ body: '{}' }, `${base}/responses`)).status).toBe(200);
    upstream.seen.length = 0;
    const refused = await call(bound, `${base}/responses`);
    expect(refused.status).toBe(401);
    expect(upstream.seen).toEqual([]);
    expect((await call({ body: '{}' }, `${base}/responses`)).status).toBe(200);
    expect(upstream.seen[0]).toMatch(/^b/);
  });

  it('makes no difference where there is one project', async () => {
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: ['a', 'b'] });
    for (let index = 0; index < 4; index++) await call({ body: '{}' }, `${base}/responses`);
    expect(upstream.seen).toEqual(['a', 'b', 'a', 'b']);
  });

  it.each<[object, string]>([
    [{ credentials: inProjects, stateProject: 'c' }, 'auth.stateProject: expected the project of one'],
    [{ credentials: [{ credential: 'a', weight: 0 }] }, 'auth.credentials.weight: expected a number above 0, got 0'],
    [{ credentials: { credential: 'a', project: '' } }, 'auth.credentials.project: expected a non-empty string'],
    [{ credentials: { credential: 'a', projekt: 'p' } }, 'expected entries of credential, project'],
    [{ refresh: { aheadRatio: 2 } }, 'auth.refresh.aheadRatio: expected a ratio'],
    [{ pool: { probeMs: 0 } }, 'auth.pool.probeMs: expected a duration in milliseconds, above 0'],
    [{ pool: { probes: 1 } }, 'auth.pool.probes: expected one of suspectMs'],
    [{ tenants: [] }, 'auth.tenants: expected a function'],
    [{ maxTenants: 0 }, 'auth.maxTenants: expected a whole number from 1'],
    [{ store: { load: () => undefined } }, 'auth.store: expected a store with load and save'],
  ])('%j is refused in the factory', (options, sentence) => {
    expect(() =>
      service(
        cannedFetch(() => errorAnswer(500)),
        options,
      ),
    ).toThrow(sentence);
  });
});
