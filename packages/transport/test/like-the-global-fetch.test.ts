import { Readable } from 'node:stream';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { both, bothBytes, told } from './both.ts';
import { bytes } from './byte-server.ts';

/** Where the transport once differed from the global fetch, and where it might again. */

describe('a connection', () => {
  it('to what speaks no HTTP fails with fetch failed', async () => {
    const { ours, native } = await bothBytes(bytes('SSH-2.0-OpenSSH_9.2\r\n\r\n', 'close'), ({ status }) => status);
    expect(ours).toEqual(native);
  });
});

describe('headers', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'])(
    'that are not there are not found: %s',
    async (name) => {
      const { ours, native } = await both(
        (_request, response) => response.end(),
        ({ headers }) => [headers.get(name), headers.has(name), headers.get(name.toUpperCase())],
      );
      expect(ours).toEqual(native);
    },
  );

  it('that are one cookie are one cookie', async () => {
    const { ours, native } = await both(
      (_request, response) => void response.writeHead(200, { 'set-cookie': 'a=1' }).end(),
      ({ headers }) => headers.getSetCookie(),
    );
    expect(ours).toEqual(native);
  });

  it.each<[string, (headers: Headers) => unknown]>([
    ['set by a name that is none', (headers) => headers.set('no name', 'b')],
    ['has by a name that is none', (headers) => headers.has('a:b')],
    ['get without a name', (headers) => (headers.get as () => unknown)()],
    ['forEach without a callback', (headers) => headers.forEach(undefined as never)],
  ])('do the same on %s', async (_name, look) => {
    const { ours, native } = await both(
      (_request, response) => response.end(),
      ({ headers }) => look(headers),
    );
    expect(ours).toEqual(native);
  });
});

describe('a body in a coding', () => {
  const plain = Buffer.from('ünpacked €𝄞 '.repeat(3000));
  const gzipped = gzipSync(plain);
  const corrupt = Buffer.from(gzipped);
  corrupt.fill(0xff, 20, 60);
  const read = async (response: Response): Promise<unknown> => [(await response.text()).length, response.bodyUsed];

  it.each<[string, string, Uint8Array]>([
    ['deflate without its wrapper', 'deflate', deflateRawSync(plain)],
    ['two members of gzip', 'gzip', Buffer.concat([gzipSync('one '), gzipSync('two')])],
    ['gzip with no body at all', 'gzip', Buffer.alloc(0)],
    ['deflate with no body at all', 'deflate', Buffer.alloc(0)],
    ['br with no body at all', 'br', Buffer.alloc(0)],
    ['gzip that is none', 'gzip', Buffer.from('this is plain text')],
    ['deflate that is none', 'deflate', Buffer.from('this is plain text')],
    ['br that is none', 'br', Buffer.from('this is plain text')],
    ['zstd that is none', 'zstd', Buffer.from('this is plain text')],
    ['gzip that is corrupt within', 'gzip', corrupt],
    ['gzip without its last bytes', 'gzip', gzipped.subarray(0, -6)],
    ['gzip without its last half', 'gzip', gzipped.subarray(0, gzipped.length / 2)],
    ['gzip with something behind it', 'gzip', Buffer.concat([gzipped, Buffer.from('rest')])],
  ])('%s', async (_name, coding, body) => {
    const { ours, native } = await both(
      (_request, response) => void response.writeHead(200, { 'content-encoding': coding }).end(body),
      read,
    );
    expect(ours).toEqual(native);
  });

  it('has the type of every other answer, and headers that cannot be changed', async () => {
    const { ours, native } = await both(
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipped),
      async ({ type, headers }) => [type, await told(() => headers.set('a', 'b'))],
    );
    expect(ours).toEqual(native);
  });
});

describe('a body', () => {
  const json: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":"ü€𝄞"}');
  };
  const streamOf = (response: Response): ReadableStream<Uint8Array> => response.body as ReadableStream<Uint8Array>;

  it.each<[string, (response: Response) => unknown]>([
    [
      'Readable.fromWeb',
      async (response) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of Readable.fromWeb(response.body as never)) chunks.push(chunk as Uint8Array);
        return [Buffer.concat(chunks).toString(), response.bodyUsed];
      },
    ],
    [
      'new ReadableStreamDefaultReader',
      async (response) => ((await new ReadableStreamDefaultReader(streamOf(response)).read()).value?.length ?? 0) > 0,
    ],
    ['the type of a clone', (response) => response.clone().type],
    ['the headers of a clone', (response) => response.clone().headers.set('a', 'b')],
    [
      'the closed promise of a reader that was let go',
      async (response) => {
        const reader = streamOf(response).getReader();
        reader.releaseLock();
        return told(() => reader.closed);
      },
    ],
    [
      'the body after text()',
      async (response) => {
        await response.text();
        return [response.bodyUsed, streamOf(response).locked, await told(() => streamOf(response).getReader().read())];
      },
    ],
    [
      'the body while text() is under way',
      async (response) => {
        const whole = response.text();
        return [response.bodyUsed, streamOf(response).locked, await told(() => response.body?.cancel()), await whole];
      },
    ],
  ])('%s', async (_name, look) => {
    const { ours, native } = await both(json, look);
    expect(ours).toEqual(native);
  });

  it('without a content type is a blob without a type', async () => {
    const { ours, native } = await both(
      (_request, response) => response.end('x'),
      async (response) => (await response.blob()).type,
    );
    expect(ours).toBe(native);
  });
});

describe('a request that the global fetch refuses is refused, or sent as it would send it', () => {
  it.each<[string, RequestInit]>([
    ['a method that is none', { method: 'NO METHOD' }],
    ['TRACE', { method: 'TRACE' }],
    ['a GET with a body', { method: 'GET', body: 'x' }],
    ['a stream that does not say half', { method: 'POST', body: new Blob(['x']).stream() }],
    ['a number as its body', { method: 'POST', body: 7 as never }],
  ])('%s', async (_name, init) => {
    const { ours, native } = await both(
      async (request, response) => {
        let body = '';
        for await (const piece of request) body += String(piece);
        response.end(`${request.method} ${body} ${request.headers['content-type']}`);
      },
      (response) => response.text(),
      init,
    );
    expect(ours).toEqual(native);
  });
});
