import { getEventListeners } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OptionError } from '@holdfast/core';
import { describe, expect, it, vi } from 'vitest';
import { serve } from '../test/http-server.ts';
import { transport, type TransportOptions } from './index.ts';

const never: RequestListener = () => undefined;
const echo: RequestListener = async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url, headers } = request;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
};

async function running(listener: RequestListener, options: TransportOptions = {}) {
  const server = await serve(listener);
  const pooled = transport(options);
  return {
    server,
    pooled,
    fetch: (path = '/', init?: RequestInit) => pooled.fetch(server.url + path, init),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await pooled.close();
    },
  };
}

/** What the server saw of a request. */
const seen = async (response: Response) =>
  (await response.json()) as { method: string; url: string; headers: IncomingMessage['headers']; body: string };

describe('a request', () => {
  it('arrives as it was meant', async () => {
    await using app = await running(echo);
    const init = { method: 'post', headers: { 'X-Own': 'ä'.normalize('NFC') === 'ä' ? 'yes' : 'no' }, body: '{"a":1}' };
    const { method, url, headers, body } = await seen(await app.fetch('/v1/x?y=%20z', init));
    expect({ method, url, body }).toEqual({ method: 'POST', url: '/v1/x?y=%20z', body: '{"a":1}' });
    expect(headers).toMatchObject({
      'x-own': 'yes',
      'content-length': '7',
      'content-type': 'text/plain;charset=UTF-8',
    });
    expect(headers['accept-encoding']).toBeUndefined();
  });

  it.each<[string, () => RequestInit['body'] | AsyncIterable<Uint8Array>, string]>([
    ['bytes', () => new TextEncoder().encode('bytes'), 'bytes'],
    ['a view', () => new DataView(new TextEncoder().encode('view').buffer), 'view'],
    ['a buffer', () => new TextEncoder().encode('buffer').buffer, 'buffer'],
    ['parameters', () => new URLSearchParams({ a: '1 2' }), 'a=1+2'],
    ['a blob', () => new Blob(['blob']), 'blob'],
    ['a stream', () => new Blob(['streamed']).stream(), 'streamed'],
    [
      'an iterable',
      async function* () {
        yield Buffer.from('iter');
        yield Buffer.from('ated');
      },
      'iterated',
    ],
  ])('carries %s', async (_name, body, text) => {
    await using app = await running(echo);
    const init = { method: 'POST', body: body(), duplex: 'half' } as RequestInit;
    expect((await seen(await app.fetch('/', init))).body).toBe(text);
  });

  it('carries a form with its boundary', async () => {
    await using app = await running(echo);
    const form = new FormData();
    form.append('model', 'whisper-1');
    form.append('file', new File(['sound'], 'a.wav'));
    const { headers, body } = await seen(await app.fetch('/', { method: 'POST', body: form }));
    const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] as string;
    expect(body).toContain(boundary);
    expect(body).toContain('sound');
  });

  it('may be a Request', async () => {
    await using app = await running(echo);
    const request = new Request(`${app.server.url}/r`, { method: 'PUT', body: 'whole', headers: { 'x-own': '1' } });
    expect(await seen(await app.pooled.fetch(request))).toMatchObject({ method: 'PUT', url: '/r', body: 'whole' });
  });

  it('asks for compression only if told to', async () => {
    await using app = await running(echo, { compressed: true });
    expect((await seen(await app.fetch())).headers['accept-encoding']).toBe('gzip, deflate, br, zstd');
  });

  it('to what is no address fails like that of the global fetch', async () => {
    const { fetch, close } = transport();
    await expect(fetch('nowhere')).rejects.toThrow('Failed to parse URL from nowhere');
    expect(await (await fetch('data:,straight%20through')).text()).toBe('straight through');
    await expect(fetch('http://127.0.0.1:1/')).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { code: 'ECONNREFUSED' },
    });
    await close();
  });
});

describe('an abort', () => {
  const moments: Record<string, { listener: RequestListener; read: (response: Response) => Promise<unknown> }> = {
    'before the headers': { listener: never, read: (response) => response.text() },
    'in text()': { listener: (_request, response) => void response.write('half'), read: (response) => response.text() },
    'in a reader': {
      listener: (_request, response) => void response.write('half'),
      async read(response) {
        const reader = (response.body as ReadableStream).getReader();
        for (;;) if ((await reader.read()).done) return 'ended';
      },
    },
  };

  it.each(Object.entries(moments))(
    '%s rejects with its reason, closes the socket and leaves no listener',
    async (_name, moment) => {
      await using app = await running(moment.listener);
      const controller = new AbortController();
      // With a code, as errors of the system have one.
      const reason = Object.assign(new Error('no longer wanted'), { code: 'deadline_exceeded' });
      const pending = app.fetch('/', { signal: controller.signal }).then(moment.read);
      pending.catch(() => undefined);
      await vi.waitFor(() => expect(app.server.sockets.size).toBe(1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort(reason);
      await expect(pending).rejects.toBe(reason);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      await vi.waitFor(() => expect(app.server.sockets.size).toBe(0));
    },
  );

  it('that came before sends nothing', async () => {
    await using app = await running(echo);
    await expect(app.fetch('/', { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    expect(app.server.opened()).toBe(0);
  });

  it('of a body that is not wanted closes the socket', async () => {
    await using app = await running((_request, response) => void response.write('half'));
    const response = await app.fetch();
    await response.body?.cancel();
    await vi.waitFor(() => expect(app.server.sockets.size).toBe(0));
  });

  it('leaves no listener on a signal whose answer was read', async () => {
    await using app = await running(echo);
    const { signal } = new AbortController();
    for (let index = 0; index < 5; index++) await (await app.fetch('/', { signal })).text();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    // A connection is free again one turn after its answer, so that the next call may open a second one.
    expect(app.server.opened()).toBeLessThanOrEqual(2);
  });
});

describe('a connection', () => {
  it('that the server had closed is replaced once, where nothing is lost by it', async () => {
    let requests = 0;
    // Keeps the connection after the first answer, and resets it at the second request on it.
    const served = new WeakMap<Socket, number>();
    await using app = await running((request, response) => {
      requests++;
      const count = (served.get(request.socket) ?? 0) + 1;
      served.set(request.socket, count);
      if (count > 1) request.socket.resetAndDestroy();
      else echo(request, response);
    });
    await (await app.fetch('/', { method: 'POST', body: '1' })).text();
    await new Promise(setImmediate);
    expect((await seen(await app.fetch('/', { method: 'POST', body: '2' }))).body).toBe('2');
    expect(requests).toBe(3);
  });

  it('that is reset when it was new is an error, and no second request', async () => {
    let requests = 0;
    await using app = await running((request) => {
      requests++;
      request.socket.resetAndDestroy();
    });
    await expect(app.fetch('/', { method: 'POST', body: '1' })).rejects.toMatchObject({ message: 'fetch failed' });
    expect(requests).toBe(1);
  });

  it('that carried a stream is not replaced', async () => {
    let requests = 0;
    await using app = await running((request, response) => {
      requests++;
      if (requests > 1) request.socket.resetAndDestroy();
      else echo(request, response);
    });
    await (await app.fetch()).text();
    await new Promise(setImmediate);
    const init = { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' } as RequestInit;
    await expect(app.fetch('/', init)).rejects.toMatchObject({ message: 'fetch failed' });
    expect(requests).toBe(2);
  });

  it('that ends in the middle of a body fails the body, and says so', async () => {
    await using app = await running((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => request.socket.destroy(), 10);
    });
    await expect((await app.fetch()).text()).rejects.toMatchObject({ name: 'TypeError', message: 'terminated' });
  });

  it('is silent no longer than bodyIdleTimeoutMs', async () => {
    await using app = await running((_request, response) => void response.write('half'), { bodyIdleTimeoutMs: 200 });
    await expect((await app.fetch()).text()).rejects.toMatchObject({ cause: { code: 'UND_ERR_BODY_TIMEOUT' } });
  });

  it('gives headers within headersTimeoutMs', async () => {
    await using app = await running(never, { headersTimeoutMs: 200 });
    await expect(app.fetch()).rejects.toMatchObject({ cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } });
  });

  it('is held back at the source while nobody reads', async () => {
    let written = 0;
    const block = Buffer.alloc(64 * 1024);
    await using app = await running((_request, response) => {
      const more = (): void => {
        while (++written < 2000 && response.write(block));
        if (written < 2000) response.once('drain', more);
        else response.end();
      };
      more();
    });
    const response = await app.fetch();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(written).toBeLessThan(1000);
    expect((await response.bytes()).length).toBe(1999 * 64 * 1024);
  });

  it('of an answer that nobody reads is closed once that is forgotten, and not before', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const large = Buffer.alloc(2 * 1024 * 1024);
    await using app = await running((_request, response) => response.end(large));
    const kept = await app.fetch();
    const reading = (await app.fetch()).body?.getReader();
    await reading?.read();
    for (let index = 0; index < 5; index++) expect((await app.fetch()).status).toBe(200);
    expect(app.server.sockets.size).toBe(7);
    await vi.waitFor(() => {
      collect();
      expect(app.server.sockets.size).toBe(2);
    });
    let rest = 0;
    for (let part = await reading?.read(); part?.done === false; part = await reading?.read())
      rest += part.value.length;
    expect(rest).toBeGreaterThan(1024 * 1024);
    expect((await kept.bytes()).length).toBe(large.length);
  });

  it('takes ten thousand tiny chunks', async () => {
    await using app = await running(async (_request, response) => {
      for (let index = 0; index < 10_000; index++) response.write(String(index % 10));
      response.end();
    });
    let text = '';
    for await (const chunk of (await app.fetch()).body as ReadableStream<Uint8Array>)
      text += new TextDecoder().decode(chunk);
    expect(text).toHaveLength(10_000);
  });
});

describe('the pools', () => {
  it('keep connections, tell what goes on, and let the process end', async () => {
    await using app = await running(echo);
    await app.pooled.warm(`${app.server.url}/v1`, 3);
    expect(app.server.opened()).toBe(3);
    await Promise.all([1, 2, 3].map(async () => (await app.fetch()).text()));
    expect(app.server.opened()).toBe(3);
    expect(app.pooled.stats()).toEqual({ [app.server.url]: { connected: 3, running: 0, queued: 0, opened: 3 } });
    await app.pooled.close();
    await vi.waitFor(() => expect(app.server.sockets.size).toBe(0));
  });

  it('open no more connections than they may', async () => {
    await using app = await running(echo, { connections: 2 });
    await Promise.all(Array.from({ length: 20 }, async () => (await app.fetch()).text()));
    expect(app.server.opened()).toBe(2);
  });

  it('are no more than maxOrigins', async () => {
    const pooled = transport({ maxOrigins: 2 });
    const servers = await Promise.all([serve(echo), serve(echo), serve(echo)]);
    for (const { url } of servers) await (await pooled.fetch(url)).text();
    expect(Object.keys(pooled.stats())).toEqual(servers.slice(1).map(({ url }) => url));
    for (const server of servers) await server[Symbol.asyncDispose]();
    await pooled.close();
  });

  it.each<[unknown, string]>([
    [{ connection: 1 }, 'transport.connection'],
    [{ connections: 0 }, 'transport.connections: expected a whole number from 1, got 0'],
    [{ bodyIdleTimeoutMs: -1 }, 'transport.bodyIdleTimeoutMs'],
    [{ proxy: 'not a url' }, "transport.proxy: expected 'env', false or the URL of a proxy"],
    [{ tls: { certificate: 'x' } }, 'transport.tls.certificate'],
  ])('refuse %j', (options, sentence) => {
    expect(() => transport(options as TransportOptions)).toThrow(sentence);
    expect(() => transport(options as TransportOptions)).toThrow(OptionError);
  });
});
