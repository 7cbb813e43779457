import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { faults, ManualClock, seededRandom, startUpstream } from '@holdfast/testkit';
import {
  auth,
  breaker,
  fallback,
  hints,
  journeyOf,
  pipeline,
  retry,
  routing,
  transport,
  type RoutingOptions,
} from 'holdfast';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Will it hold?' }] };
const keyA = 'sk-test-a';
const keyB = 'sk-test-b';

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
}

/** A host that writes down every header of every request, and answers by `answer`. */
async function recorder(answer: (respond: { redirect(to: string): void; chat(): void }) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ headers: request.headers, url: request.url ?? '' });
    request.resume();
    request.on('end', () =>
      answer({
        redirect: (location) => response.writeHead(307, { location }).end(),
        chat: () =>
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(
              '{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-5","choices":[{"index":0,"message":{"role":"assistant","content":"Yes."},"finish_reason":"stop"}]}',
            ),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    seen,
    baseURL: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function stack(baseURL: string, options: RoutingOptions, { maxRetries = 2, seed = 3 } = {}) {
  const layer = routing(options);
  const resilient = pipeline({ service: 'routing', random: seededRandom(seed) })
    .use(fallback({ models: { 'another-model': ['gpt-5'] } }))
    .use(retry({ maxRetries, initialDelayMs: 1 }))
    .use(layer)
    .use(breaker())
    .use(auth({ credentials: keyA }))
    .use(transport())
    .build();
  const own = {
    organization: 'org-of-a',
    project: 'proj-of-a',
    defaultHeaders: { 'x-gateway': 'secret-of-a', cookie: 'session=of-a', 'openai-beta': 'beta-of-a' },
  };
  return { layer, resilient, client: resilient.wrap(new OpenAI({ apiKey: keyA, baseURL, ...own })) };
}

const decisions = (source: unknown): string[] =>
  (journeyOf(source)?.entries ?? []).flatMap((entry) =>
    entry.type === 'decision' && entry.layer === 'routing' ? [`${entry.action}: ${entry.reason}`] : [],
  );

describe('what belongs to one endpoint', () => {
  it('never arrives at another: no key, organization, project or header of A at B, and none of B at A', async () => {
    await using a = await recorder(({ chat }) => chat());
    await using b = await recorder(({ chat }) => chat());
    const { client } = stack(a.baseURL, {
      endpoints: [
        {
          name: 'b',
          baseURL: b.baseURL,
          apiKey: keyB,
          headers: { 'OpenAI-Organization': 'org-of-b', 'x-own': 'secret-of-b' },
          query: { tier: 'of-b' },
        },
      ],
    });
    await Promise.all(Array.from({ length: 40 }, () => client.chat.completions.create(params)));
    expect([a.seen.length > 5, b.seen.length > 5]).toEqual([true, true]);
    const [atA, atB] = [JSON.stringify(a.seen), JSON.stringify(b.seen)];
    expect(atB).not.toMatch(/sk-test-a|of-a/);
    expect(atA).not.toMatch(/sk-test-b|of-b/);
    for (const { headers } of a.seen)
      expect(headers).toMatchObject({ authorization: `Bearer ${keyA}`, 'openai-organization': 'org-of-a' });
    for (const { headers, url } of b.seen) {
      expect(headers).toMatchObject({ authorization: `Bearer ${keyB}`, 'openai-organization': 'org-of-b' });
      expect(url).toBe('/v1/chat/completions?tier=of-b');
    }
  });

  it('does not follow a redirect: nothing arrives at a third place, and another endpoint answers', async () => {
    await using third = await recorder(({ chat }) => chat());
    await using a = await recorder(({ redirect }) => redirect(`${third.baseURL}/chat/completions`));
    await using b = await recorder(({ chat }) => chat());
    const { client } = stack(a.baseURL, { endpoints: [{ name: 'b', baseURL: b.baseURL, apiKey: keyB }] });
    for (let count = 0; count < 20; count++)
      expect((await client.chat.completions.create(params)).id).toBe('chatcmpl-1');
    expect(a.seen.length).toBeGreaterThan(0);
    expect(third.seen).toEqual([]);
    expect(JSON.stringify(b.seen)).not.toMatch(/sk-test-a|of-a/);
  });

  it('stays with it when attempts fail on the one and are retried at the other, key functions included', async () => {
    await using a = await startUpstream({
      keys: [{ key: keyA, label: 'a' }],
      script: [{ every: 2, fault: faults.overloaded() }],
    });
    await using b = await startUpstream({
      keys: [{ key: keyB, label: 'b' }],
      script: [{ every: 2, fault: faults.reset() }],
    });
    const { client } = stack(a.baseURL, { endpoints: [{ name: 'b', baseURL: b.baseURL, apiKey: async () => keyB }] });
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => client.chat.completions.create(params).catch(() => undefined)),
    );
    expect(answers.filter((answer) => answer !== undefined).length).toBeGreaterThan(40);
    expect(new Set(a.log.map(({ keyLabel }) => keyLabel))).toEqual(new Set(['a']));
    expect(new Set(b.log.map(({ keyLabel }) => keyLabel))).toEqual(new Set(['b']));
  });
});

describe('routing the real client', () => {
  it('takes each retry elsewhere: an endpoint that is down costs no call, and is ejected', async () => {
    await using a = await startUpstream({ script: [{ fault: faults.overloaded() }] });
    await using b = await startUpstream();
    const ejected: string[] = [];
    const { client, layer } = stack(
      a.baseURL,
      {
        endpoints: [{ name: 'b', baseURL: b.baseURL, apiKey: keyB }],
        onEjected: ({ endpoint, because }) => ejected.push(`${endpoint}: ${because}`),
      },
      { maxRetries: 1 },
    );
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.chat.completions.create(params)));
    expect(answers).toHaveLength(30);
    expect(b.requests()).toHaveLength(30);
    expect(ejected).toEqual(['own: 5 calls in a row failed']);
    expect(layer.stats()['own']?.ejectedUntilMs).toBeGreaterThan(Date.now());
    const before = a.log.length;
    for (let count = 0; count < 20; count++) await client.chat.completions.create(params);
    expect(a.log.length).toBe(before);
  });

  it('streams from either, whole, and learns from the first content', async () => {
    await using a = await startUpstream();
    await using b = await startUpstream();
    const { client, layer } = stack(a.baseURL, { endpoints: [{ name: 'b', baseURL: b.baseURL, apiKey: keyB }] });
    const stream = async (): Promise<string | null | undefined> => {
      let finish: string | null | undefined;
      for await (const chunk of await client.chat.completions.create({ ...params, stream: true }))
        finish = chunk.choices[0]?.finish_reason ?? finish;
      return finish;
    };
    const finishes = await Promise.all(Array.from({ length: 10 }, stream));
    expect(new Set(finishes)).toEqual(new Set(['stop']));
    expect([a.log.length > 0, b.log.length > 0]).toEqual([true, true]);
    for (const { inFlight, models } of Object.values(layer.stats())) {
      expect(inFlight).toBe(0);
      expect(models).toMatchObject([{ model: 'gpt-5', streamed: true, headroom: 1 }]);
      expect(models[0]?.latencyMs).toBeGreaterThan(0);
    }
  });

  it('prefers the region of a hint, says in the journey where it went, and why what is kept stays', async () => {
    await using a = await startUpstream();
    await using b = await startUpstream();
    const { client } = stack(a.baseURL, { endpoints: [{ name: 'b', baseURL: b.baseURL, apiKey: keyB, region: 'eu' }] });
    for (let count = 0; count < 8; count++) {
      const { response } = await client.chat.completions.create(params, hints({ region: 'eu' })).withResponse();
      expect(decisions(response)).toEqual(['b: the only one of 2 to be asked now, in region eu']);
    }
    expect(a.log).toHaveLength(0);
    const made = await client.responses.create({ model: 'gpt-5', input: 'Hold?' }, hints({ region: 'eu' }));
    const { response } = await client.responses
      .create(
        { model: 'gpt-5', input: 'And now?', previous_response_id: made.id, store: false },
        hints({ region: 'eu' }),
      )
      .withResponse();
    expect(decisions(response)).toEqual(['own: previous_response_id is kept in the project']);
    expect((await client.responses.retrieve(made.id)).id).toBe(made.id);
    expect(a.log.map(({ path }) => path)).toEqual(['/v1/responses', '/v1/responses', `/v1/responses/${made.id}`]);
  });

  it('leaves a rung of a ladder where the ladder aimed it', async () => {
    await using a = await startUpstream({ script: [{ match: { model: 'other' }, fault: faults.overloaded() }] });
    await using b = await startUpstream();
    await using ladder = await startUpstream();
    const layers = pipeline({ random: seededRandom(1) })
      .use(
        fallback({
          models: { other: [{ endpoint: 'spare', model: 'gpt-5' }] },
          endpoints: { spare: { baseURL: ladder.baseURL, apiKey: 'sk-test-c' } },
        }),
      )
      .use(routing({ endpoints: [{ name: 'b', baseURL: b.baseURL, apiKey: keyB }], own: false }))
      .build();
    b.script({ fault: faults.overloaded() });
    const client = layers.wrap(new OpenAI({ apiKey: keyA, baseURL: a.baseURL }));
    for (let count = 0; count < 5; count++) await client.chat.completions.create({ ...params, model: 'other' });
    expect(ladder.requests()).toHaveLength(5);
    expect(b.requests().map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
  });
});

describe('a client that is pinned to a region', () => {
  async function reached(options: RoutingOptions): Promise<Record<string, number>> {
    const count: Record<string, number> = {};
    const { fetch } = pipeline({
      clock: new ManualClock(),
      random: seededRandom(5),
      fetch: async (input) => {
        const { hostname } = new URL(String(input));
        count[hostname] = (count[hostname] ?? 0) + 1;
        return Response.json({ id: 'x', choices: [] });
      },
    })
      .use(routing(options))
      .build();
    for (let index = 0; index < 60; index++)
      await (
        await fetch('https://eu.api.openai.com/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-5"}' })
      ).text();
    return count;
  }
  const named = (name: string, region?: string) => ({
    name,
    baseURL: `https://${name}.test/v1`,
    ...(region !== undefined && { region }),
  });

  it('goes to endpoints of that region, to others only where they are named, and to its own where there is none', async () => {
    const endpoints = [named('eu2', 'eu'), named('us', 'us'), named('in', 'in'), named('nowhere')];
    expect(Object.keys(await reached({ endpoints })).toSorted()).toEqual(['eu.api.openai.com', 'eu2.test']);
    expect(Object.keys(await reached({ endpoints, regions: ['us'] })).toSorted()).toEqual([
      'eu.api.openai.com',
      'eu2.test',
      'us.test',
    ]);
    expect(await reached({ endpoints: [named('us', 'us')], own: false })).toEqual({ 'eu.api.openai.com': 60 });
  });
});
