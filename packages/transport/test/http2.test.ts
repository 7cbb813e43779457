import { readFileSync } from 'node:fs';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { transport } from '../src/index.ts';
import { until } from './both.ts';

const pem = (name: string): Buffer => readFileSync(new URL(`test-only-${name}.pem`, import.meta.url));

type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A server that speaks HTTP/2 and 1.1, and a transport that would like the former. */
async function secured(listener: Listener, http2 = true) {
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({ key: pem('server'), cert: pem('server'), allowHTTP1: true }, listener);
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const pooled = transport({ http2, tls: { ca: pem('ca') } });
  return {
    url,
    sessions,
    pooled,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await pooled.close();
    },
  };
}

const version: Listener = (request, response) => response.end(request.httpVersion);

describe('over HTTP/2', () => {
  it('goes what offers it, if it is wanted', async () => {
    await using wanted = await secured(version);
    expect(await (await wanted.pooled.fetch(wanted.url)).text()).toBe('2.0');
    await using unwanted = await secured(version, false);
    expect(await (await unwanted.pooled.fetch(unwanted.url)).text()).toBe('1.1');
  });

  it('many calls share a connection', async () => {
    await using app = await secured(version);
    await (await app.pooled.fetch(app.url)).text();
    const answers = Array.from({ length: 50 }, async () => (await app.pooled.fetch(app.url)).text());
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['2.0']));
    expect(app.sessions.size).toBe(1);
  });

  it('an abort ends one stream and leaves the others', async () => {
    const open = new Map<string, Http2ServerResponse>();
    const closed: string[] = [];
    await using app = await secured((request, response) => {
      open.set(request.url, response);
      response.write('half');
      response.stream.once('close', () => closed.push(request.url));
    });
    const controller = new AbortController();
    const first = await app.pooled.fetch(`${app.url}/1`, { signal: controller.signal });
    const second = await app.pooled.fetch(`${app.url}/2`);
    const broken = first.text();
    controller.abort(new Error('enough'));
    await expect(broken).rejects.toThrow('enough');
    await until(() => expect(closed).toEqual(['/1']));
    open.get('/2')?.end(' and half');
    expect(await second.text()).toBe('half and half');
    expect(app.sessions.size).toBe(1);
  });

  it('a body is held back at the source while nobody reads', async () => {
    let written = 0;
    const block = Buffer.alloc(64 * 1024);
    await using app = await secured((_request, response) => {
      const more = (): void => {
        while (++written < 500 && response.write(block));
        if (written < 500) response.once('drain', more);
        else response.end();
      };
      more();
    });
    const response = await app.pooled.fetch(app.url);
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(written).toBeLessThan(100);
    expect((await response.bytes()).length).toBe(499 * block.length);
  });

  it('a server that says goodbye gets the next call on a new connection', async () => {
    await using app = await secured(version);
    await (await app.pooled.fetch(app.url)).text();
    for (const session of app.sessions) session.close();
    await until(() => expect(app.sessions.size).toBe(0));
    expect(await (await app.pooled.fetch(app.url)).text()).toBe('2.0');
  });

  it('a stream that the server resets fails as everywhere', async () => {
    await using app = await secured((_request, response) => {
      response.write('half', () => response.stream.close(2));
    });
    const response = await app.pooled.fetch(app.url);
    await expect(response.text()).rejects.toMatchObject({ name: 'TypeError', message: 'terminated' });
  });

  it('the client streams, and leaves what it has left', async () => {
    const closed: string[] = [];
    await using app = await secured((request, response) => {
      const event = 'data: {"id":"1","object":"chat.completion.chunk","choices":[]}\n\n';
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event);
      response.stream.once('close', () => closed.push(request.url));
    });
    const client = new OpenAI({ apiKey: 'sk-two', baseURL: app.url, fetch: app.pooled.fetch, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'Hold?' }];
    for await (const chunk of await client.chat.completions.create({ model: 'gpt-5', messages, stream: true })) {
      expect(chunk.id).toBe('1');
      break;
    }
    await until(() => expect(closed).toEqual(['/chat/completions']));
  });
});
