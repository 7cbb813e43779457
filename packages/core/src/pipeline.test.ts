import { AzureOpenAI, OpenAI } from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bench, cannedFetch, chatUrl, errorAnswer, jsonAnswer, question } from '../test/bench.ts';
import { journeyOf, OptionError, pipeline, Secret, type Call, type Middleware } from './index.ts';

afterEach(() => vi.restoreAllMocks());

const good = () => jsonAnswer();
const pass: Pick<Middleware, 'handle'> = { handle: (call, next) => next(call) };

describe('pipeline', () => {
  it('runs the layers in the order of the code, and the transport in place of the fetch', async () => {
    const trail: string[] = [];
    const tracing = (layer: Middleware['layer']): Middleware => ({
      name: layer,
      layer,
      async handle(call, next) {
        trail.push(`${layer} in`);
        const response = await next(call);
        trail.push(`${layer} out`);
        return response;
      },
    });
    const carried = cannedFetch(good);
    const base = cannedFetch();
    const { fetch } = pipeline({ fetch: base })
      .use(tracing('retry'))
      .use(tracing('auth'))
      .use({ name: 'carrier', layer: 'transport', fetch: carried })
      .build();
    await fetch(chatUrl, { method: 'POST', body: '{}' });
    expect(trail).toEqual(['retry in', 'auth in', 'auth out', 'retry out']);
    expect([carried.calls.length, base.calls.length]).toEqual([1, 0]);
  });

  it('describes itself', () => {
    const text = pipeline({ service: 'checkout' })
      .use({ ...pass, name: 'retry', layer: 'retry', describe: () => '3 retries, 0.5–8 s' })
      .use({ ...pass, name: 'a long name', layer: 'auth' })
      .use({ name: 'carrier', layer: 'transport', fetch, describe: () => '64 connections' })
      .build()
      .describe();
    expect(text).toMatchInlineSnapshot(`
      "pipeline "checkout", outermost first
        retry        3 retries, 0.5–8 s
        a long name  ·
        guard        · · built in: credentials stay with their origins, no redirect is followed
        carrier      · · · 64 connections"
    `);
    expect(pipeline().build().describe()).toContain("the client's own fetch");
  });

  it('is not changed by layers that are added after it was built', async () => {
    const upstream = cannedFetch(good);
    const builder = pipeline({ fetch: upstream });
    const built = builder.build();
    builder.use({ name: 'wall', layer: 'retry', handle: () => Promise.reject(new Error('late')) });
    await built.fetch(chatUrl);
    await expect(builder.build().fetch(chatUrl)).rejects.toThrow('late');
    expect(built.describe()).not.toContain('wall');
    expect(Object.isFrozen(built)).toBe(true);
  });

  it.each([{ service: '' }, { service: 5 as never }])('refuses the options %j', (options) => {
    expect(() => pipeline(options)).toThrow(OptionError);
  });

  it.each([
    null,
    undefined,
    'retry',
    {},
    { name: 'x', layer: 'retry' },
    { name: 5, layer: 'retry', handle() {} },
    () => pass,
  ])('refuses %j for a layer', (layer) =>
    expect(() => pipeline().use(layer as never)).toThrow(/pipeline\.use: expected a middleware/),
  );

  it('numbers its calls, each by a name of its own', async () => {
    const { post } = bench(cannedFetch(good));
    const ids = [journeyOf(await post())?.callId, journeyOf(await post())?.callId];
    expect(new Set(ids).size).toBe(2);
  });

  it('hands out the key of the layer that holds one, or says which is missing', async () => {
    const keyed: Middleware = { ...pass, name: 'auth', layer: 'auth', apiKey: async () => 'sk-now' };
    expect(await pipeline().use(keyed).build().apiKey()).toBe('sk-now');
    await expect(pipeline({ service: 'checkout' }).build().apiKey()).rejects.toThrow(
      'pipeline "checkout": apiKey needs a layer that holds credentials; add auth({ credentials })',
    );
  });

  it('closes every layer', async () => {
    const closed: string[] = [];
    const closing = (layer: 'retry' | 'breaker'): Middleware => ({
      ...pass,
      name: layer,
      layer,
      close: async () => void closed.push(layer),
    });
    await pipeline()
      .use(closing('retry'))
      .use({ ...closing('breaker'), name: 'other' })
      .build()
      .close();
    expect(closed).toEqual(['retry', 'breaker']);
  });

  it('warns on the console unless told otherwise', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { fetch } = pipeline({ fetch: cannedFetch(() => errorAnswer(503)) }).build();
    await fetch(chatUrl);
    await fetch(chatUrl, { headers: { 'x-stainless-retry-count': '1' } });
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe('wrap', () => {
  it('keeps base URL, timeouts, headers and class of the client, and retries nothing on top', async () => {
    class Mine extends OpenAI {}
    const upstream = cannedFetch(() => errorAnswer(503));
    const original = new Mine({
      apiKey: 'sk-mine',
      baseURL: 'https://proxy.example/openai/v1',
      timeout: 4321,
      organization: 'org-1',
      defaultHeaders: { 'x-team': 'blue' },
      defaultQuery: { v: '1' },
      maxRetries: 5,
      fetch: upstream,
    });
    const client = pipeline().build().wrap(original);
    expect(client).toBeInstanceOf(Mine);
    expect([client.baseURL, client.timeout, client.maxRetries]).toEqual(['https://proxy.example/openai/v1', 4321, 0]);
    expect(original.maxRetries).toBe(5);
    await expect(client.chat.completions.create(question)).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    expect(upstream.calls).toHaveLength(1);
    expect(upstream.calls[0]?.url).toBe('https://proxy.example/openai/v1/chat/completions?v=1');
    const headers = new Headers(upstream.calls[0]?.init.headers);
    expect([headers.get('authorization'), headers.get('x-team'), headers.get('openai-organization')]).toEqual([
      'Bearer sk-mine',
      'blue',
      'org-1',
    ]);
  });

  it('binds the key of the client to its origin, and to no other', async () => {
    const upstream = cannedFetch(good);
    const client = pipeline()
      .build()
      .wrap(new OpenAI({ apiKey: 'sk-mine', fetch: upstream, logLevel: 'off' }));
    const error = await client.get('https://evil.example/v1/models').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 401, code: 'origin_not_bound' });
    expect((error as Error).message).not.toContain('sk-mine');
    expect(upstream.calls).toHaveLength(0);
  });

  it('serves Azure, with its deployments in the path', async () => {
    const calls: Call[] = [];
    const upstream = cannedFetch(good);
    const spy: Middleware = { name: 'spy', layer: 'audit', handle: (call, next) => (calls.push(call), next(call)) };
    const azure = new AzureOpenAI({
      apiKey: 'azure-key',
      endpoint: 'https://x.openai.azure.com',
      apiVersion: '2025-01-01',
      fetch: upstream,
    });
    const client = pipeline().use(spy).build().wrap(azure);
    expect(client).toBeInstanceOf(AzureOpenAI);
    await client.chat.completions.create({ ...question, model: 'my-deployment' });
    expect(upstream.calls[0]?.url).toBe(
      'https://x.openai.azure.com/openai/deployments/my-deployment/chat/completions?api-version=2025-01-01',
    );
    expect(new Headers(upstream.calls[0]?.init.headers).get('api-key')).toBe('azure-key');
    expect(calls[0]?.route).toMatchObject({ operation: 'chat', origin: 'https://x.openai.azure.com' });
    expect(calls[0]?.target.model).toBe('my-deployment');
  });

  it('refuses a client that is wrapped already, by whichever pipeline', () => {
    const wrapped = pipeline({ service: 'checkout' })
      .build()
      .wrap(new OpenAI({ apiKey: 'sk-x' }));
    expect(() => pipeline().build().wrap(wrapped)).toThrow(/already goes through the pipeline of service "checkout"/);
    const { clientOptions } = pipeline({ service: 'search' }).build();
    expect(() =>
      pipeline()
        .build()
        .wrap(new OpenAI({ apiKey: 'sk-x', ...clientOptions })),
    ).toThrow(/"search"/);
    expect(() =>
      pipeline()
        .build()
        .wrap(wrapped.withOptions({ timeout: 5 })),
    ).toThrow(/already goes through/);
  });

  it('says in a sentence why a client with X.509 workload identity cannot be wrapped', () => {
    const base = new OpenAI({ apiKey: 'sk-x' });
    const refusal = new OpenAI.OpenAIError('X.509 workload identity does not support a custom fetch implementation.');
    base.withOptions = () => {
      throw refusal;
    };
    const wrap = (): unknown => pipeline().build().wrap(base);
    expect(wrap).toThrow(/^wrap: a client with X\.509 workload identity .* cannot be wrapped\./);
    expect(wrap).toThrow(expect.objectContaining({ name: 'TypeError', cause: refusal }));
  });

  it('lets any other trouble of the client through', () => {
    const base = new OpenAI({ apiKey: 'sk-x' });
    base.withOptions = () => {
      throw new Error('mine');
    };
    expect(() => pipeline().build().wrap(base)).toThrow('mine');
  });

  it('gives options for a client of your own', async () => {
    const upstream = cannedFetch(good);
    const { clientOptions, fetch } = pipeline({ fetch: upstream }).build();
    expect(clientOptions).toEqual({ fetch, maxRetries: 0 });
    await new OpenAI({ apiKey: 'sk-x', ...clientOptions }).chat.completions.create(question);
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('what leaves', () => {
  it('carries the credential of a layer to its own origins, and nowhere else', async () => {
    const key = Secret.from('sk-layer', 'test');
    const authed = (origins: string[]): Middleware => ({
      name: 'auth',
      layer: 'auth',
      handle: (call, next) => next(call.with({ credential: { id: 'k1', kind: 'key', secret: key, origins } })),
    });
    const upstream = cannedFetch(good);
    const right = bench(upstream, { layers: [authed(['https://api.openai.com'])] });
    const response = await right.post();
    expect(new Headers(upstream.calls[0]?.init.headers).get('authorization')).toBe('Bearer sk-layer');
    expect(journeyOf(response)?.entries).toMatchObject([{ credential: 'k1' }]);
    const wrong = await bench(upstream, { layers: [authed(['https://eu.api.openai.com'])] }).post();
    expect(await wrong.text()).not.toContain('sk-layer');
    expect([wrong.status, upstream.calls.length]).toEqual([401, 1]);
  });
});
