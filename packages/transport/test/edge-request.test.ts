import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { both } from './both.ts';

/** Names the request as it came, without what names the program that sent it. */
const mirror: RequestListener = async (request, response) => {
  let body = '';
  for await (const piece of request) body += String(piece);
  const dropped = new Set(['host', 'user-agent', 'accept-language', 'sec-fetch-mode', 'accept-encoding', 'connection']);
  const names = Object.entries(request.headers).filter(([name]) => !dropped.has(name));
  response.end(JSON.stringify([request.method, request.url, body, names.toSorted()]));
};
const read = (response: Response): Promise<unknown> => response.json();

describe('a request goes out, or is refused, as with the global fetch', () => {
  it.each<[string, RequestInit]>([
    ['get in small letters', { method: 'get' }],
    ['delete in small letters', { method: 'delete' }],
    ['PATCH', { method: 'PATCH', body: '{}' }],
    ['a method of its own', { method: 'REPORT' }],
    [
      'headers as a list',
      {
        headers: [
          ['x-a', '1'],
          ['x-a', '2'],
        ],
      },
    ],
    ['headers as an object', { headers: { 'X-Own': ' spaced ' } }],
    ['a header in Latin-1', { headers: { 'x-name': 'caf\u00e9' } }],
    ['a header that is no Latin-1', { headers: { 'x-name': '\u20ac' } }],
    ['a header with a line break', { headers: { 'x-name': 'a\r\nb: c' } }],
    ['a header by a name that is none', { headers: { 'no name': 'a' } }],
    ['Expect', { method: 'POST', body: 'x', headers: { expect: '100-continue' } }],
    ['an empty text', { method: 'POST', body: '' }],
    ['no signal', { signal: null }],
  ])('%s', async (_name, init) => {
    const { ours, native } = await both(mirror, read, init);
    expect(ours).toEqual(native);
  });
});
