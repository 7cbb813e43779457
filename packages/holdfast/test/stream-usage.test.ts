import { faults, ManualClock, startUpstream, type FaultRule, type UpstreamOptions } from '@holdfast/testkit';
import {
  auth,
  breaker,
  fallback,
  observe,
  pipeline,
  rateLimit,
  retry,
  sign,
  telemetry,
  timeout,
  transport,
  type FallbackOptions,
  type Middleware,
  type Outcome,
} from 'holdfast';
import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';

const words20 = Array.from({ length: 20 }, (_, index) => `word${String(index).padStart(2, '0')}`).join(' ');
const twenty: FaultRule = { fault: faults.answer({ text: words20 }) };
const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Count.' }] };
const key = 'sk-proj-0123456789abcdefWXYZ';

interface WorldOptions extends UpstreamOptions {
  readonly midStream?: NonNullable<FallbackOptions['midStream']>;
}

function recordingMeter(): MeterProvider {
  const exporter = new InMemoryMetricExporter(0);
  return new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })],
  });
}

/** Every layer that there is, in front of a fake upstream and of one at another host that nobody may ask. */
async function world(streamUsage: 'ask' | 'never', { midStream = {}, ...options }: WorldOptions) {
  const upstream = await startUpstream({ clock: new ManualClock(), ...options, script: options.script ?? [] });
  const other = await startUpstream({ clock: new ManualClock(), seed: 2, script: [twenty] });
  const clock = new ManualClock();
  const outcomes: Outcome[] = [];
  const watching: Middleware = {
    name: 'watching',
    layer: 'audit',
    handle: (call, next) => observe(call, next, (outcome) => void outcomes.push(outcome)),
  };
  const elsewhere = { baseURL: other.baseURL.replace('127.0.0.1', 'localhost'), apiKey: key };
  const models = { 'gpt-5': ['gpt-5-mini', { endpoint: 'elsewhere' }] };
  const meterProvider = recordingMeter();
  const resilient = pipeline({ clock, random: () => 0.5 })
    .use(telemetry({ meterProvider, streamUsage, streamUsageHosts: ['127.0.0.1'] }))
    .use(watching)
    .use(fallback({ models, endpoints: { elsewhere }, midStream }))
    .use(retry({ maxRetries: 1 }))
    .use(rateLimit())
    .use(breaker())
    .use(timeout({ firstEventMs: 60_000 }))
    .use(auth({ credentials: key }))
    .use(transport())
    .build();
  const client = resilient.wrap(new OpenAI({ apiKey: key, baseURL: upstream.baseURL, logLevel: 'off' }));
  return {
    upstream,
    other,
    client,
    clock,
    outcomes,
    async [Symbol.asyncDispose]() {
      await resilient.close();
      await meterProvider.shutdown();
      await Promise.all([upstream.close(), other.close()]);
    },
  };
}

type World = Awaited<ReturnType<typeof world>>;

async function heard({ client, clock }: World, more: object = {}) {
  const chunks: unknown[] = [];
  const ids: string[] = [];
  const run = async () => {
    const stream = await client.chat.completions.create({ ...question, stream: true, ...more });
    for await (const chunk of stream as AsyncIterable<OpenAI.ChatCompletionChunk>) {
      // An answer in vain has counted ids on.
      if (!ids.includes(chunk.id)) ids.push(chunk.id);
      chunks.push({ ...chunk, id: ids.indexOf(chunk.id) });
    }
  };
  const error = await clock.runUntil(run().catch((thrown: unknown) => thrown as Error & { error?: unknown }));
  return { chunks, error: error?.error };
}

/** What a caller hears where usage is asked for is what he hears where it is not; returns what only the first knows. */
async function same(options: WorldOptions, more?: object) {
  await using asking = await world('ask', options);
  await using silent = await world('never', options);
  const [asked, plain] = [await heard(asking, more), await heard(silent, more)];
  expect(asked).toEqual(plain);
  expect(JSON.stringify(plain)).not.toContain('"usage"');
  expect(silent.outcomes.map(({ ok, usage }) => [ok, usage])).toEqual([[plain.error === undefined, undefined]]);
  const [outcome] = asking.outcomes;
  const asks = [asking.upstream, asking.other].map(({ log }) => log.map(({ status, model }) => `${status} ${model}`));
  return { ...asked, usage: outcome?.usage, ok: outcome?.ok, requests: asks };
}

const cut = (afterEvents: number, model = 'gpt-5', times = 1): FaultRule => ({
  match: { model },
  times,
  fault: faults.cutStream({ afterEvents }),
});

describe('usage that telemetry asked for', () => {
  it('is known through every layer, and nobody else hears of it', async () => {
    const { usage, ok } = await same({ script: [twenty] });
    expect([ok, usage]).toMatchObject([true, { outputTokens: 20 }]);
  });

  it('is known after a retry', async () => {
    const script = [twenty, { times: 1, fault: faults.overloaded() }];
    const { usage, requests } = await same({ script });
    expect([usage?.outputTokens, requests[0]]).toEqual([20, ['503 gpt-5', '200 gpt-5']]);
  });

  it('is known of the model that was fallen back to', async () => {
    const script = [twenty, { match: { model: 'gpt-5' }, fault: faults.overloaded() }];
    const { usage, requests } = await same({ script });
    expect([usage?.outputTokens, requests[0]?.at(-1)]).toEqual([20, '200 gpt-5-mini']);
  });

  it('is not asked for at a host that is not known to accept it, however the call came there', async () => {
    const script = [{ match: { path: '/chat/completions' }, fault: faults.overloaded() }];
    const { usage, ok, chunks, requests } = await same({ script });
    expect([usage, ok, chunks.length, requests[1]]).toEqual([undefined, true, 22, ['200 gpt-5']]);
  });

  it('is known of a stream whose beginning broke and was replaced', async () => {
    const { usage, requests } = await same({ script: [twenty, cut(1)] });
    expect([usage?.outputTokens, requests[0]]).toEqual([20, ['200 gpt-5', '200 gpt-5']]);
  });

  it('is known of a stream that was kept back for a restart', async () => {
    const midStream = { '*': { policy: 'restart', bufferTokens: 16 } } as const;
    const { usage, requests } = await same({ script: [twenty, cut(9)], midStream });
    expect([usage?.outputTokens, requests[0]]).toEqual([20, ['200 gpt-5', '200 gpt-5']]);
  });

  it('is known of the parts of a continued stream together', async () => {
    const midStream = { '*': { policy: 'continue' } } as const;
    const rest = words20.split(' ').slice(8).join(' ');
    const script = [
      { fault: faults.answer({ text: rest }) },
      { times: 1, fault: faults.answer({ text: words20 }) },
      cut(9),
    ];
    const { usage, chunks, requests } = await same({ script, midStream });
    expect(requests[0]).toEqual(['200 gpt-5', '200 gpt-5']);
    expect(JSON.stringify(chunks)).toContain('word19');
    expect(usage?.outputTokens).toBe(20);
  });

  it('is not known of a stream that broke for good, whose error is the same', async () => {
    const { usage, ok, error } = await same({ script: [twenty, cut(9)] });
    expect([usage, ok, error]).toMatchObject([
      undefined,
      false,
      { code: 'stream_interrupted', partial: { tokens: 8 } },
    ]);
  });

  it('is known of calls to tools', async () => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
    const { usage } = await same({}, { tools, tool_choice: 'required' });
    expect(usage?.outputTokens).toBeGreaterThan(0);
  });

  it('is asked once more without where it is refused, and no layer hears of that', async () => {
    const models = { 'gpt-5': { rejects: ['stream_options'] } };
    const { usage, ok, requests } = await same({ models, script: [twenty] });
    expect([usage, ok, requests[0]]).toEqual([undefined, true, ['400 gpt-5', '200 gpt-5']]);
  });
});

describe('a request that is signed further in', () => {
  it('is signed as it leaves, usage and all', async () => {
    await using upstream = await startUpstream({ clock: new ManualClock() });
    const meterProvider = recordingMeter();
    const sent: [string, string | null][] = [];
    const { fetch } = pipeline({
      fetch: (url, init) => {
        sent.push([init?.body as string, new Headers(init?.headers).get('content-digest')]);
        return globalThis.fetch(url, init);
      },
    })
      .use(telemetry({ meterProvider, streamUsageHosts: ['127.0.0.1'] }))
      .use(sign({ key: { keyId: 'k', alg: 'hmac-sha256', secret: Buffer.alloc(32, 7) }, origins: [upstream.url] }))
      .build();
    const init = {
      method: 'POST',
      body: JSON.stringify({ ...question, stream: true }),
      headers: { authorization: `Bearer ${key}` },
    };
    const text = await (await fetch(`${upstream.baseURL}/chat/completions`, init)).text();
    expect(text).not.toContain('"usage"');
    const [[body, digest] = ['', '']] = sent;
    expect(body).toContain('"include_usage":true');
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(body))).toString('base64');
    expect(digest).toBe(`sha-256=:${hash}:`);
    await meterProvider.shutdown();
  });
});
