import { describe, expect, it } from 'vitest';
import { bothBytes } from './both.ts';
import { bytes } from './byte-server.ts';

const answer = (lines: string): ReturnType<typeof bytes> =>
  bytes(`HTTP/1.1 200 OK\r\n${lines}\r\ncontent-length: 2\r\n\r\nok`);

describe('headers of an answer are those that the global fetch gives', () => {
  it.each([
    ['of 16 KB', `x-long: ${'a'.repeat(15_000)}`],
    ['of 16 KB in many lines', Array.from({ length: 150 }, (_, index) => `x-${index}: ${'a'.repeat(80)}`).join('\r\n')],
    ['beyond the limit', `x-long: ${'a'.repeat(20_000)}`],
    ['beyond the limit in many lines', `${Array.from({ length: 4000 }, (_, i) => `x-${i}: aaaa`).join('\r\n')}`],
    ['of one name, joined', 'x-two: a\r\nX-Two: b\r\nx-TWO: c'],
    ['of one name, one of them empty', 'x-two: a\r\nx-two:\r\nx-two: c'],
    ['that are cookies, one by one', 'set-cookie: a=1; path=/\r\nset-cookie: b=2, c\r\nSet-Cookie: d=3'],
    ['in Latin-1', 'x-name: caf\xe9 \xff'],
    ['in UTF-8', `x-name: ${Buffer.from('café 𝄞').toString('latin1')}`],
    ['with spaces around', 'x-space:   a  b  \t'],
    ['without a value', 'x-empty:'],
    ['that are called as everything is', 'constructor: b\r\ntostring: c\r\nhasownproperty: d\r\n__proto__: e'],
    ['with a disposition in Latin-1', 'content-disposition: attachment; filename="caf\xe9"'],
    ['with a colon within', 'x-time: 12:30:00'],
  ])('%s', async (_name, lines) => {
    const { ours, native } = await bothBytes(answer(lines), async ({ headers }) => [
      [...headers],
      headers.getSetCookie(),
      ['x-two', 'X-TWO', 'set-cookie', 'x-name', 'x-empty', 'x-none'].map((name) => [
        headers.get(name),
        headers.has(name),
      ]),
      [...new Headers(headers)],
    ]);
    expect(ours).toEqual(native);
  });

  it('over the limit say which limit', async () => {
    const { ours } = await bothBytes(answer(`x-long: ${'a'.repeat(20_000)}`), ({ status }) => status as unknown);
    expect(ours).toMatchObject({ class: 'TypeError', message: 'fetch failed', cause: 'UND_ERR_HEADERS_OVERFLOW' });
  });

  it.each<[string, (headers: Headers) => unknown]>([
    ['set', (headers) => headers.set('a', 'b')],
    ['append', (headers) => headers.append('a', 'b')],
    ['delete', (headers) => headers.delete('x-own')],
    ['get by a name that is none', (headers) => headers.get('no name')],
    ['get by an empty name', (headers) => headers.get('')],
    ['get by what is no text', (headers) => headers.get(7 as never)],
    ['String', (headers) => String(headers)],
    ['JSON', (headers) => JSON.stringify(headers)],
    ['own keys', (headers) => Object.keys(headers)],
    ['its tag', (headers) => Object.prototype.toString.call(headers)],
    ['its class', (headers) => [headers instanceof Headers, headers.constructor === Headers]],
  ])('and do the same on %s', async (_name, look) => {
    const { ours, native } = await bothBytes(answer('x-own: yes'), ({ headers }) => look(headers));
    expect(ours).toEqual(native);
  });
});
