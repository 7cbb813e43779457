import { describe, expect, it } from 'vitest';
import { both, bothBytes, over } from './both.ts';
import { bytes } from './byte-server.ts';
import { serve } from './http-server.ts';

const empty = async (response: Response): Promise<unknown> => [
  response.status,
  response.statusText,
  response.body,
  await response.text(),
  response.bodyUsed,
  response.headers.get('x-own'),
];

describe('an answer that is told by its status is that of the global fetch', () => {
  it.each([
    ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\nx-own: early\r\n\r\n'],
    ['several 1xx', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3) + 'HTTP/1.1 103 Early Hints\r\nx-own: early\r\n\r\n'],
    ['100 Continue that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('%s', async (_name, first) => {
    const last = 'HTTP/1.1 200 Fine\r\nx-own: late\r\ncontent-length: 4\r\n\r\nlate';
    const { ours, native } = await bothBytes(bytes(first + last), async (response) => [
      response.status,
      response.statusText,
      response.headers.get('x-own'),
      response.headers.get('link'),
      await response.text(),
    ]);
    expect(ours).toEqual(native);
  });

  it.each([204, 205, 304])('%i has no body', async (status) => {
    const { ours, native } = await both((_request, response) => {
      response.writeHead(status, { 'x-own': 'yes' }).end();
    }, empty);
    expect(ours).toEqual(native);
    expect(ours).toMatchObject([status, expect.any(String), null, '', false, 'yes']);
  });

  it.each([
    ['with the length of what is not sent', { 'content-length': '1000' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['with a coding', { 'content-encoding': 'gzip' }],
  ])('HEAD %s has headers and no body', async (_name, headers) => {
    const { ours, native } = await both(
      (_request, response) => response.writeHead(200, 'Fine', { ...headers, 'x-own': 'yes' }).end(),
      empty,
      { method: 'HEAD' },
    );
    expect(ours).toEqual(native);
    expect(ours).toMatchObject([200, 'Fine', null, '', false, 'yes']);
  });

  it.each([
    ['200', 'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n'],
    ['an empty phrase', 'HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n'],
    ['a phrase in Latin-1', 'HTTP/1.1 200 Tr\xe8s bien\r\ncontent-length: 0\r\n\r\n'],
    ['a phrase of many words', 'HTTP/1.1 418 I am a teapot, short and stout\r\ncontent-length: 0\r\n\r\n'],
    ['a status of no class', 'HTTP/1.1 599 Odd\r\ncontent-length: 0\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 Old\r\ncontent-length: 0\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nbody\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ])('%s', async (_name, text) => {
    const { ours, native } = await bothBytes(bytes(text, 'close'), async ({ status, statusText, ok, ...rest }) => [
      status,
      statusText,
      ok,
      Object.keys(rest),
    ]);
    expect(ours).toEqual(native);
  });

  it.each([301, 302, 303, 307, 308])('%i is handed on and not followed', async (status) => {
    let requests = 0;
    const { ours, native } = await both(
      (request, response) => {
        requests++;
        response.writeHead(status, { location: `http://${request.headers.host}/elsewhere` }).end('moved');
      },
      async (response) => [response.status, response.headers.get('location'), response.redirected, response.type],
      { method: 'POST', body: '{}', redirect: 'manual' },
    );
    expect(ours).toEqual(native);
    expect(requests).toBe(2);
  });

  it.each([undefined, 'follow', 'manual'] as const)(
    'no redirect is followed, whether %s is asked for',
    async (redirect) => {
      const elsewhere = await serve((_request, response) => response.end('elsewhere'));
      const server = await serve((_request, response) => {
        response.writeHead(307, { location: `${elsewhere.url}/stolen` }).end('moved');
      });
      await over(server, async (pooled, url) => {
        const headers = { authorization: 'Bearer sk-test' };
        const response = await pooled.fetch(url, {
          method: 'POST',
          body: '{}',
          headers,
          ...(redirect && { redirect }),
        });
        expect([response.status, await response.text(), response.redirected]).toEqual([307, 'moved', false]);
        expect(elsewhere.opened()).toBe(0);
        await elsewhere[Symbol.asyncDispose]();
      });
    },
  );
});
