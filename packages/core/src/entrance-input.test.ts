import { describe, expect, it } from 'vitest';
import OpenAI from 'openai';
import { bench, cannedFetch, chatBody, chatUrl, errorAnswer, jsonAnswer, question } from '../test/bench.ts';
import { hints, type Call, type Hints, type Middleware } from './index.ts';

const good = () => jsonAnswer();

describe('the forms of a request', () => {
  it('may be a Request, with its parts under what init says', async () => {
    const upstream = cannedFetch(good);
    const { resilient } = bench(upstream);
    const controller = new AbortController();
    const request = new Request(chatUrl, {
      method: 'POST',
      body: chatBody,
      headers: { 'x-a': '1' },
      signal: controller.signal,
    });
    await resilient.fetch(request, { headers: { 'x-b': '2' } });
    const { url, init } = upstream.calls[0] as { url: string; init: RequestInit };
    expect([url, init.method]).toEqual([chatUrl, 'POST']);
    expect(new Headers(init.headers).get('x-b')).toBe('2');
    expect(await new Response(init.body as ReadableStream).text()).toBe(chatBody);
    expect(init).toHaveProperty('duplex', 'half');
    controller.abort();
    await expect(resilient.fetch(new Request(chatUrl, { signal: controller.signal }))).rejects.toThrow();
  });

  it('may be a URL', async () => {
    const upstream = cannedFetch(good);
    await bench(upstream).resilient.fetch(new URL(chatUrl));
    expect(upstream.calls[0]).toMatchObject({ url: chatUrl, init: { method: 'GET' } });
    expect(upstream.calls[0]?.init).not.toHaveProperty('body');
  });

  it.each<[string, () => HeadersInit]>([
    ['an object', () => ({ 'X-A': '1' })],
    ['pairs', () => [['X-A', '1']]],
    ['Headers', () => new Headers({ 'X-A': '1' })],
  ])('may have its headers as %s, which are not changed', async (_name, make) => {
    const upstream = cannedFetch(good);
    const changing: Middleware = {
      name: 'changing',
      layer: 'auth',
      handle: (call, next) => next(call.with({ headerChanges: { 'x-b': '2', 'x-a': null } })),
    };
    const { post } = bench(upstream, { layers: [changing] });
    const headers = make();
    await post({ headers });
    expect([...new Headers(headers)]).toEqual([['x-a', '1']]);
    expect([...new Headers(upstream.calls[0]?.init.headers)]).toEqual([['x-b', '2']]);
  });

  it('goes out with the very headers and body that came when no layer changed them', async () => {
    const upstream = cannedFetch(good);
    const headers = new Headers({ 'x-a': '1' });
    const body = new Uint8Array([1]);
    await bench(upstream).post({ headers, body });
    expect(upstream.calls[0]?.init.headers).toBe(headers);
    expect(upstream.calls[0]?.init.body).toBe(body);
  });

  it('keeps what only the transport knows', async () => {
    const upstream = cannedFetch(good);
    const dispatcher = {};
    await bench(upstream).post({ dispatcher, keepalive: true, custom: 1 } as RequestInit);
    expect(upstream.calls[0]?.init).toMatchObject({ keepalive: true, custom: 1 });
    expect(upstream.calls[0]?.init).toHaveProperty('dispatcher', dispatcher);
  });

  it('rejects, and does not throw, for headers or URLs that cannot be', async () => {
    const { post } = bench(cannedFetch(good));
    await expect(post({ headers: { a: 'b\nc' } })).rejects.toThrow(TypeError);
    await expect(post({}, 'https://')).rejects.toThrow(TypeError);
  });
});

describe('hints', () => {
  const hinted = async (init: object, scope?: () => Hints | undefined): Promise<Hints | undefined> => {
    const calls: Call[] = [];
    const spy: Middleware = { name: 'spy', layer: 'audit', handle: (call, next) => (calls.push(call), next(call)) };
    const { post } = bench(cannedFetch(good), { layers: [spy], ...(scope && { hints: scope }) });
    await post(init);
    return calls[0]?.hints;
  };

  it('of the call go over those of the scope, one by one', async () => {
    const scope = (): Hints => ({ tenant: 'acme', priority: 'low' });
    expect(await hinted({}, scope)).toEqual({ tenant: 'acme', priority: 'low' });
    expect(await hinted({ holdfast: { priority: 'high' } }, scope)).toEqual({ tenant: 'acme', priority: 'high' });
    expect(await hinted({}, () => undefined)).toEqual({});
    expect(await hinted({ holdfast: { tenant: 'a' } })).toEqual({ tenant: 'a' });
  });

  it.each<[unknown, RegExp]>([
    [{ priority: 'urgent' }, /hints\.priority: expected 'low', 'normal' or 'high', got urgent/],
    [{ deadlineMs: 0 }, /hints\.deadlineMs: expected milliseconds above 0, got 0/],
    [{ deadlineMs: -1 }, /got -1/],
    [{ deadlineMs: Number.NaN }, /got NaN/],
    [{ deadlineMs: '5' }, /got 5/],
    [{ tenant: '' }, /hints\.tenant: expected a non-empty string, got ""/],
    [{ tenant: 5 }, /hints\.tenant: .* got 5/],
    [null, /hints: expected an object .* got null/],
    ['low', /hints: expected an object .* got string/],
  ])('that cannot be are refused with a clear word: %j', async (values, message) => {
    expect(() => hints(values as Hints)).toThrow(message);
    await expect(hinted({ holdfast: values })).rejects.toThrow(message);
  });

  it('that cannot be reach the caller through the client', async () => {
    const { client } = bench(cannedFetch(good));
    const error = await client.chat.completions
      .create(question, { fetchOptions: { holdfast: { priority: 'x' } } as never })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(String((error as Error).cause)).toMatch(/hints\.priority/);
  });

  it('are request options that the client takes', async () => {
    const { client } = bench(cannedFetch(good));
    expect(hints({ priority: 'low' })).toEqual({ fetchOptions: { holdfast: { priority: 'low' } } });
    await client.chat.completions.create(question, hints({ priority: 'low', tenant: 'acme', deadlineMs: 50 }));
  });
});

describe('a client that retries on top', () => {
  it('is told once, and only then', async () => {
    const { post, warnings } = bench(cannedFetch(() => errorAnswer(503)));
    await post({ headers: { 'x-stainless-retry-count': '0' } });
    expect(warnings).toEqual([]);
    for (let count = 1; count < 4; count++) await post({ headers: { 'x-stainless-retry-count': String(count) } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.[0]).toMatch(/retries on top of the pipeline.*maxRetries: 0/);
  });
});
