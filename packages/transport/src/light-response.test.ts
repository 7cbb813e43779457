import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { RequestListener } from 'node:http';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { both } from '../test/both.ts';
import { serve } from '../test/http-server.ts';
import { transport } from './index.ts';

const { fetch, close } = transport();
afterAll(close);

const headers = {
  'content-type': 'application/json; charset=utf-8',
  'x-two': ['a', 'b'],
  'set-cookie': ['c=1', 'd=2'],
};
const json: RequestListener = (_request, response) => response.writeHead(200, 'Fine', headers).end('{"a":"ü€𝄞"}');

describe('a response of the transport is that of the global fetch', () => {
  it.each<[string, (response: Response) => unknown]>([
    ['its class', (response) => [response instanceof Response, response.constructor === Response, String(response)]],
    [
      'its fields',
      ({ status, ok, statusText, type, redirected, bodyUsed }) => [status, ok, statusText, type, redirected, bodyUsed],
    ],
    ['its path', ({ url }) => new URL(url).pathname + new URL(url).search],
    ['text()', (response) => response.text()],
    ['json()', (response) => response.json()],
    ['bytes()', async (response) => [...(await response.bytes())]],
    ['arrayBuffer()', async (response) => [...new Uint8Array(await response.arrayBuffer())]],
    ['blob()', async (response) => [(await response.blob()).type, await response.blob().catch(String)]],
    [
      'clone()',
      async (response) => [await response.clone().text(), await response.text(), response.clone === undefined],
    ],
    ['the reader of its body', async (response) => Buffer.from(await new Response(response.body).bytes()).toString()],
    [
      'its body, the same each time',
      (response) => response.body === response.body && response.body instanceof ReadableStream,
    ],
    [
      'iteration',
      async (response) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of response.body as ReadableStream<Uint8Array>) chunks.push(chunk);
        return Buffer.concat(chunks).toString();
      },
    ],
    [
      'a BYOB reader',
      async (response) => {
        const reader = (response.body as ReadableStream).getReader({ mode: 'byob' });
        const { value, done } = await reader.read(new Uint8Array(4));
        return [[...(value ?? [])], done];
      },
    ],
    [
      'text() twice',
      async (response) => [await response.text(), await response.text().catch(String), response.bodyUsed],
    ],
    [
      'text() of a locked body',
      async (response) => [response.body?.getReader() !== null, await response.text().catch(String)],
    ],
    [
      'clone() after reading',
      async (response) => {
        await response.text();
        try {
          return response.clone();
        } catch (error) {
          return (error as Error).name;
        }
      },
    ],
    [
      'the headers',
      (response) => [
        response.headers instanceof Headers,
        response.headers === response.headers,
        String(response.headers),
      ],
    ],
    [
      'one header',
      ({ headers: h }) => [
        h.get('Content-Type'),
        h.get('x-two'),
        h.get('none'),
        h.has('X-Two'),
        h.has('none'),
        h.get('set-cookie'),
      ],
    ],
    ['all headers', ({ headers: h }) => [...h].filter(([name]) => name !== 'date')],
    [
      'keys, values, entries, forEach',
      ({ headers: h }) => {
        const seen: string[] = [];
        h.forEach((value, key, parent) => seen.push(`${key}${value.length}${parent === h}`));
        return [[...h.keys()], [...h.values()].length, [...h.entries()].length, seen, h.getSetCookie()];
      },
    ],
    ['a copy of the headers', ({ headers: h }) => [...new Headers(h).keys()]],
    [
      'headers that cannot be changed',
      ({ headers: h }) =>
        [() => h.set('a', 'b'), () => h.append('a', 'b'), () => h.delete('date')].map((change) => {
          try {
            change();
            return 'changed';
          } catch (error) {
            return String(error);
          }
        }),
    ],
    [
      'a header by no name',
      ({ headers: h }) => {
        try {
          return h.get('no name');
        } catch (error) {
          return (error as Error).name;
        }
      },
    ],
    [
      'a response made of it',
      async ({ body, status, headers: h }) => await new Response(body, { status, headers: h }).text(),
    ],
  ])('%s', async (_name, look) => {
    const { ours, native } = await both(json, look);
    expect(ours).toEqual(native);
  });

  it('shown by console.log with what there is to see', async () => {
    const { ours, native } = await both(json, (response) => inspect(response, { depth: 1 }));
    for (const part of ['status: 200', "statusText: 'Fine'", 'bodyUsed: false', "'content-type': 'application/json"]) {
      expect(native).toContain(part);
      expect(ours).toContain(part);
    }
  });

  it.each([204, 304])('%i has no body', async (status) => {
    const { ours, native } = await both(
      (_request, response) => response.writeHead(status).end(),
      async (response) => [response.body, await response.text(), response.bodyUsed],
    );
    expect(ours).toEqual(native);
  });

  it('HEAD has headers and no body', async () => {
    const look = async (response: Response): Promise<unknown> => [response.headers.get('x-two'), await response.text()];
    const { ours, native } = await both(json, look, { method: 'HEAD' });
    expect(ours).toEqual(native);
  });

  it('a 3xx is an answer like any other', async () => {
    const redirect: RequestListener = (_request, response) => response.writeHead(307, { location: '/else' }).end('x');
    const look = ({ status, headers: h }: Response): unknown => [status, h.get('location')];
    const { ours, native } = await both(redirect, look, { redirect: 'manual' });
    expect(ours).toEqual(native);
    await using server = await serve(redirect);
    await expect(fetch(server.url, { redirect: 'error' })).rejects.toThrow('fetch failed');
  });

  it('1xx is no answer', async () => {
    const { ours, native } = await both(
      (_request, response) => {
        response.writeEarlyHints({ link: '</x>; rel=preload' });
        response.end('late');
      },
      (response) => response.text(),
    );
    expect(ours).toBe(native);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('%s comes off', async (coding, compress) => {
    const text = 'ünpacked '.repeat(5000);
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(compress(Buffer.from(text)));
    });
    expect(await (await fetch(server.url)).text()).toBe(text);
  });

  it('characters are whole wherever the bytes are cut, and a byte order mark is none', async () => {
    const bytes = Buffer.from('\ufeff{"a":"€𝄞ü"}');
    const { ours, native } = await both(
      async (_request, response) => {
        for (const byte of bytes) {
          response.write(Buffer.from([byte]));
          await new Promise(setImmediate);
        }
        response.end();
      },
      (response) => response.text(),
    );
    expect(ours).toBe(native);
  });

  it('what is no UTF-8 is replaced and not refused', async () => {
    const bytes = Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x62]);
    const { ours, native } = await both(
      (_request, response) => response.end(bytes),
      (response) => response.text(),
    );
    expect(ours).toBe(native);
  });

  it('chunked trailers are passed over', async () => {
    const { ours, native } = await both(
      (_request, response) => {
        response.writeHead(200, { trailer: 'x-after' });
        response.write('body');
        response.addTrailers({ 'x-after': '1' });
        response.end();
      },
      async (response) => [await response.text(), response.headers.get('x-after')],
    );
    expect(ours).toEqual(native);
  });
});
