import type { OutgoingHttpHeaders } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { both, over, until } from './both.ts';
import { serve } from './http-server.ts';

const plain = Buffer.from('ünpacked €𝄞 '.repeat(3000));
const gzipped = gzipSync(plain);

const read = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  return [text.length, text.slice(0, 50), response.headers.get('content-encoding'), response.bodyUsed];
};

const send = (body: Uint8Array, headers: OutgoingHttpHeaders) =>
  both((_request, response) => void response.writeHead(200, headers).end(body), read);

describe('a body in a coding is read as the global fetch reads it', () => {
  it.each<[string, string, Uint8Array]>([
    ['gzip', 'gzip', gzipped],
    ['x-gzip', 'x-gzip', gzipped],
    ['GZIP in capitals', 'GZIP', gzipped],
    ['deflate', 'deflate', deflateSync(plain)],
    ['br', 'br', brotliCompressSync(plain)],
    ['zstd', 'zstd', zstdCompressSync(plain)],
    ['gzip and then br', 'gzip, br', brotliCompressSync(gzipped)],
    ['deflate, gzip and br', 'deflate, gzip,br', brotliCompressSync(gzipSync(deflateSync(plain)))],
    ['a coding that nobody knows', 'lzma', plain],
    ['one that is known inside one that is not', 'gzip, lzma', gzipped],
    ['gzip of nothing', 'gzip', gzipSync('')],
  ])('%s', async (_name, coding, body) => {
    const { ours, native } = await send(body, { 'content-encoding': coding });
    expect(ours).toEqual(native);
  });

  it('with everything else of an answer as it is', async () => {
    const { ours, native } = await both(
      (_request, response) => void response.writeHead(201, 'Made', { 'content-encoding': 'gzip' }).end(gzipped),
      ({ status, statusText, ok, url, redirected, headers }) => [
        [status, statusText, ok, new URL(url).pathname, redirected, headers.get('content-encoding')],
        headers instanceof Headers,
      ],
    );
    expect(ours).toEqual(native);
  });

  it('and what comes in pieces is handed on in pieces', async () => {
    const { createGzip, constants } = await import('node:zlib');
    const server = await serve((_request, response) => {
      const gzip = createGzip();
      response.writeHead(200, { 'content-encoding': 'gzip' });
      gzip.pipe(response);
      gzip.write('data: 1\n\n');
      gzip.flush(constants.Z_SYNC_FLUSH);
    });
    await over(server, async (pooled, url) => {
      const reader = ((await pooled.fetch(url)).body as ReadableStream<Uint8Array>).getReader();
      const { value } = await reader.read();
      expect(Buffer.from(value as Uint8Array).toString()).toBe('data: 1\n\n');
      await reader.cancel();
      await until(() => expect(server.sockets.size).toBe(0));
    });
  });

  it('and an abort within it rejects with its reason and closes the socket', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(gzipped.subarray(0, 40));
    });
    await over(server, async (pooled, url) => {
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const response = await pooled.fetch(url, { signal: controller.signal });
      const text = response.text();
      controller.abort(reason);
      await expect(text).rejects.toBe(reason);
      await until(() => expect(server.sockets.size).toBe(0));
    });
  });
});
