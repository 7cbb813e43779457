import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hints, journeyOf, pipeline, type Fetch } from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock, startUpstream, testMiddleware } from '@holdfast/testkit';
import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { routing, type RoutingOptions } from './index.ts';

const b = { name: 'b', baseURL: 'https://b.test/v1', apiKey: 'sk-test-b' };
const c = { name: 'c', baseURL: 'https://c.test/v1', apiKey: 'sk-test-c' };
const own = 'https://api.openai.com/v1/chat/completions';

testMiddleware(() => routing({ endpoints: [b] }), { describe, it });

/** Hosts in memory, each as slow and as well as it is told to be, on a clock that is turned by hand. */
function world(options: RoutingOptions, { seed = 1 }: { seed?: number } = {}) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const latencyMs: Record<string, number> = {};
  const down = new Set<string>();
  const fetch: Fetch = async (input) => {
    const { hostname } = new URL(String(input));
    asked.push(hostname);
    await new Promise<void>((resolve) => void clock.setTimer(resolve, latencyMs[hostname] ?? 100));
    return down.has(hostname) ? errorAnswer(503) : jsonAnswer();
  };
  let state = seed;
  const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  const layer = routing(options);
  const { fetch: send } = pipeline({ clock, random, fetch }).use(layer).build();
  const call = async (init: RequestInit = {}, url = own): Promise<Response> => {
    const response = await clock.runUntil(send(url, { method: 'POST', body: '{"model":"gpt-5"}', ...init }));
    await response.text();
    return response;
  };
  return { clock, asked, latencyMs, down, layer, call };
}

const share = (asked: readonly string[], host: string): number =>
  asked.filter((one) => one === host).length / asked.length;

describe('routing', () => {
  it('leaves a slow endpoint alone', async () => {
    const { asked, latencyMs, call } = world({ endpoints: [b, c] });
    latencyMs['b.test'] = 1000;
    for (let count = 0; count < 100; count++) await call();
    asked.length = 0;
    for (let count = 0; count < 300; count++) await call();
    expect(share(asked, 'b.test')).toBeLessThan(0.1);
    expect(share(asked, 'c.test')).toBeGreaterThan(0.3);
  });

  it('keeps to weights where all are alike', async () => {
    const { asked, call } = world({ endpoints: [{ ...b, weight: 3 }], own: { weight: 1 } });
    for (let count = 0; count < 20; count++) await call();
    expect(share(asked, 'b.test')).toBeGreaterThan(0.6);
  });

  it('prefers the region that is hinted, while one of it can be had', async () => {
    const { asked, down, call } = world({ endpoints: [{ ...b, region: 'eu' }, c], ejectAfter: 1 });
    const init = hints({ region: 'eu' }).fetchOptions as RequestInit;
    for (let count = 0; count < 20; count++) await call(init);
    expect(new Set(asked)).toEqual(new Set(['b.test']));
    down.add('b.test');
    await call(init);
    asked.length = 0;
    await call(init);
    expect(asked).not.toContain('b.test');
  });

  it('ejects what fails in a row, for longer each time, and lets it back', async () => {
    const ejected: unknown[] = [];
    const { asked, clock, down, call } = world({
      endpoints: [b, c],
      ejectAfter: 3,
      onEjected: (event) => ejected.push(event),
    });
    down.add('b.test');
    // A failure makes it look slow, so it is not asked again at once.
    for (let count = 0; count < 3000 && ejected.length === 0; count++) await call();
    expect(ejected).toMatchObject([{ endpoint: 'b', forMs: 30_000, because: '3 calls in a row failed' }]);
    asked.length = 0;
    for (let count = 0; count < 50; count++) await call();
    expect(asked).not.toContain('b.test');
    await clock.advance(30_000);
    for (let count = 0; count < 3000 && ejected.length < 2; count++) await call();
    expect(ejected[1]).toMatchObject({ forMs: 60_000 });
  });

  it('never leaves out more than a part, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.subarray(['api.openai.com', 'b.test', 'c.test']), { minLength: 5, maxLength: 30 }),
        fc.integer({ min: 1, max: 1e6 }),
        async (story, seed) => {
          const { down, layer, call } = world({ endpoints: [b, c], ejectAfter: 1 }, { seed });
          for (const failing of story) {
            down.clear();
            for (const host of failing) down.add(host);
            await call();
            const out = Object.values(layer.stats()).filter(({ ejectedMs }) => ejectedMs > 0).length;
            expect(out).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('counts every call once: nothing is under way when all have ended', async () => {
    const { clock, layer, call } = world({ endpoints: [b, c] });
    const aborter = new AbortController();
    const calls = Array.from({ length: 30 }, (_, index) => call(index % 3 === 0 ? { signal: aborter.signal } : {}));
    aborter.abort(new Error('gone'));
    await Promise.all(calls.map((one) => one.catch(() => undefined)));
    await clock.advance(1000);
    expect(Object.values(layer.stats()).map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
  });

  it('keeps what is kept in a project, and what is pinned to a region, where it is', async () => {
    const { asked, call } = world({ endpoints: [b] });
    const body = '{"model":"gpt-5","previous_response_id":"resp_1"}';
    for (let count = 0; count < 10; count++) {
      const response = await call({ body });
      expect(journeyOf(response)?.entries[0]).toMatchObject({ action: 'own' });
    }
    const pinned = world({
      endpoints: [
        { ...b, region: 'us' },
        { ...c, region: 'eu' },
      ],
      own: false,
    });
    for (let count = 0; count < 10; count++) await pinned.call({}, 'https://eu.api.openai.com/v1/chat/completions');
    expect([new Set(asked), new Set(pinned.asked)]).toEqual([new Set(['api.openai.com']), new Set(['c.test'])]);
  });

  it.each<[unknown, string]>([
    [{}, 'routing.endpoints: expected a list'],
    [{ endpoints: [] }, 'routing.endpoints: expected a list'],
    [{ endpoints: [b, b] }, "routing.endpoints: expected names that differ, and none of them 'own'"],
    [{ endpoints: [{ ...b, weight: 0 }] }, 'routing endpoint "b".weight: expected a number above 0'],
    [{ endpoints: [b], maxEjectedRatio: 2 }, 'routing.maxEjectedRatio'],
    [{ endpoints: [b], halfLife: 2 }, 'routing.halfLife'],
  ])('refuses %j', (options, sentence) => {
    expect(() => routing(options as RoutingOptions)).toThrow(sentence);
  });
});

describe('routing the real client', () => {
  it('takes each key to its own host only', async () => {
    const seen: { readonly at: string; readonly headers: IncomingHttpHeaders }[] = [];
    const server = createServer((request, response) => {
      seen.push({ at: 'b', headers: request.headers });
      request.resume();
      response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await using upstream = await startUpstream();
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const resilient = pipeline()
      .use(routing({ endpoints: [{ ...b, baseURL }] }))
      .build();
    const plain = { apiKey: 'sk-test-own', organization: 'org-own', maxRetries: 0 };
    const client = resilient.wrap(new OpenAI({ ...plain, baseURL: upstream.baseURL }));
    const messages = [{ role: 'user' as const, content: 'Hold?' }];
    for (let count = 0; count < 20; count++)
      await client.chat.completions.create({ model: 'gpt-5', messages }).catch(() => undefined);
    expect(seen.length).toBeGreaterThan(0);
    expect(upstream.log.length).toBeGreaterThan(0);
    expect(JSON.stringify(seen)).not.toMatch(/sk-test-own|org-own/);
    expect(JSON.stringify(upstream.log)).not.toContain('sk-test-b');
    server.close();
  });
});
