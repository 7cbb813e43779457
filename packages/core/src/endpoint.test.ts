import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cannedFetch, jsonAnswer, ManualClock } from '../test/parts.ts';
import { endpoint, residencyOf, type EndpointOptions } from './endpoint.ts';
import type { Middleware } from './middleware.ts';
import { OptionError } from './option-error.ts';
import { pipeline } from './pipeline.ts';

const url = 'https://api.openai.com/v1/chat/completions';

/** Sends one call to `options` in place of where it was going, and tells what left. */
async function sent(options: EndpointOptions, headers: Record<string, string> = {}, to = url) {
  const upstream = cannedFetch(() => jsonAnswer());
  const there = endpoint(options);
  const elsewhere: Middleware = {
    name: 'elsewhere',
    layer: 'fallback',
    handle: async (call, next) => next(await there.aim(call)),
  };
  const { fetch } = pipeline({ fetch: upstream }).use(elsewhere).build();
  const response = await fetch(to, { method: 'POST', headers, body: '{"model":"gpt-5"}' });
  const [request] = upstream.calls;
  return { response, url: request?.url, headers: new Headers(request?.init.headers) };
}

describe('an endpoint', () => {
  it('gets the path behind the base, and its own query', async () => {
    const options = { name: 'b', baseURL: 'https://b.test/openai/v1/', query: { 'api-version': '2' } };
    const there = await sent(options, {}, `${url}?limit=3&api-version=1`);
    expect(there.url).toBe('https://b.test/openai/v1/chat/completions?limit=3&api-version=2');
  });

  it('remembers where requests land, and takes none for another: each path, query and method has its own', async () => {
    const upstream = cannedFetch(() => jsonAnswer());
    const there = endpoint({ name: 'b', baseURL: 'https://b.test/v1' });
    const { fetch } = pipeline({ fetch: upstream })
      .use({ name: 'elsewhere', layer: 'fallback', handle: async (call, next) => next(await there.aim(call)) })
      .build();
    const asked = ['/v1/embeddings', '/v1/embeddings?a=1', '/v1/embeddings?a=2', '/v1/moderations'];
    for (const path of [...asked, ...asked])
      await fetch(`https://api.openai.com${path}`, { method: 'POST', body: '{}' });
    expect(upstream.calls.map((call) => call.url)).toEqual([...asked, ...asked].map((path) => `https://b.test${path}`));
  });

  it('gets its own key, as a bearer or in the header of Azure, and none where it has none', async () => {
    const client = { authorization: 'Bearer sk-of-the-client', 'api-key': 'of-the-client' };
    const bearer = await sent({ name: 'b', baseURL: 'https://b.test/v1', apiKey: 'sk-b' }, client);
    expect([bearer.headers.get('authorization'), bearer.headers.get('api-key')]).toEqual(['Bearer sk-b', null]);
    const azure = await sent(
      { name: 'b', baseURL: 'https://b.test/v1', apiKey: async () => 'key-b', keyHeader: 'api-key' },
      client,
    );
    expect([azure.headers.get('authorization'), azure.headers.get('api-key')]).toEqual([null, 'key-b']);
    const local = await sent({ name: 'b', baseURL: 'http://127.0.0.1:1/v1' }, client);
    expect([local.headers.get('authorization'), local.headers.get('api-key')]).toEqual([null, null]);
  });

  it('waits for no key longer than for its call, nor for ever', async () => {
    const clock = new ManualClock();
    const silent = endpoint({ name: 'b', baseURL: 'https://b.test/v1', apiKey: () => new Promise<string>(() => {}) });
    const elsewhere: Middleware = {
      name: 'elsewhere',
      layer: 'fallback',
      handle: async (call, next) => next(await silent.aim(call)),
    };
    const { fetch } = pipeline({ clock, fetch: cannedFetch(() => jsonAnswer()) })
      .use(elsewhere)
      .build();
    const send = (init: RequestInit = {}): Promise<unknown> =>
      fetch(url, { method: 'POST', body: '{"model":"gpt-5"}', ...init }).catch(String);
    const aborter = new AbortController();
    const aborted = send({ signal: aborter.signal });
    aborter.abort(new Error('gone'));
    expect(await aborted).toBe('Error: gone');
    expect(await clock.runUntil(send())).toBe('TimeoutError: endpoint:b: its key was not there within 10000 ms');
    expect(clock.pendingTimers).toBe(0);
  });

  it('gets no header that is not common to all, whatever the client adds', async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.constant('of-the-client'), { maxKeys: 6 }), async (added) => {
        const there = await sent({ name: 'b', baseURL: 'https://b.test/v1' }, added);
        for (const [header, value] of there.headers)
          if (value === 'of-the-client') expect(header).toMatch(/^(?:accept|content-type|user-agent|x-stainless-.+)$/);
      }),
    );
  });

  it.each<[Partial<EndpointOptions>, string]>([
    [{ name: '' }, 'endpoint.name: expected a non-empty string'],
    [{ baseURL: 'nowhere' }, 'endpoint "b".baseURL: expected an address by http or https'],
    [{ baseURL: 'ftp://b.test' }, 'endpoint "b".baseURL'],
    [{ keyHeader: 'x-key' as never }, `endpoint "b".keyHeader: expected 'authorization' or 'api-key'`],
  ])('refuses %j', (options, sentence) => {
    expect(() => endpoint({ name: 'b', baseURL: 'https://b.test/v1', ...options })).toThrow(sentence);
    expect(() => endpoint({ name: 'b', baseURL: 'https://b.test/v1', ...options })).toThrow(OptionError);
  });

  it.each([
    [{ baseURL: 'https://user:hunter2@b.test/v1' }, 'hunter2'],
    [{ baseURL: 'https://b.test/v1?key=hunter2' }, 'hunter2'],
    [{ baseURL: 'https://b.test/v1', apiKey: 'hunter2 with blanks' }, 'hunter2'],
  ])('repeats no secret of what it refuses: %#', (options, secret) => {
    let message = '';
    try {
      endpoint({ name: 'b', ...options });
    } catch (error) {
      message = String(error);
    }
    expect(message).not.toBe('');
    expect(message).not.toContain(secret);
  });
});

describe('residencyOf', () => {
  it.each([
    ['https://eu.api.openai.com', 'eu'],
    ['https://api.openai.com', undefined],
    ['https://eu.api.openai.com.evil.test', undefined],
  ])('%s', (origin, region) => {
    expect(residencyOf(origin)).toBe(region);
  });
});
