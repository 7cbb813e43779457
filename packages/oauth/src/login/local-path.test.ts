import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localPath } from './local-path.ts';

const pieces = fc.array(
  fc.oneof(
    fc.constantFrom('/', '\\', '.', '..', '%2f', '%2F', '%5c', '%2e', '%252f', '%25', '%', '\t', '\n', '\r', '\0', '@'),
    fc.constantFrom(':', '?', '#', 'evil.example', 'https:', 'javascript:', '／', '。', '%09', '%0d%0a', ' '),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
  { maxLength: 10 },
);

describe('a local path', () => {
  it.each([
    ['/', '/'],
    ['/inbox', '/inbox'],
    ['/a/b?c=d&next=https%3A%2F%2Fe.example#f', '/a/b?c=d&next=https%3A%2F%2Fe.example#f'],
    ['/search?q=a//b', '/search?q=a//b'],
    ['/a/../b', '/b'],
    ['/grüße', '/gr%C3%BC%C3%9Fe'],
    ['/100%25', '/100%25'],
    ['/a%2fb', '/a%2fb'],
    ['/a b%3Fc', '/a%20b%3Fc'],
    ['/<"`{}>', '/%3C%22%60%7B%7D%3E'],
  ])('%j is taken as %j', (given, path) => expect(localPath(given)).toBe(path));

  it.each([
    ...['', 'inbox', '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', '/\\/evil.example'],
    ...['https://evil.example', 'https:/evil.example', 'javascript:alert(1)', 'data:text/html,x', ' /inbox'],
    ...['/\t/evil.example', '/\n/evil.example', '\t//evil.example', '/\r\nset-cookie: a=b', '/inbox\0', '/\u0085/evil'],
    ...['/%2f/evil.example', '/%2Fevil.example', '/%5cevil.example', '/%255cevil.example', '/%25252fevil.example'],
    ...['/.//evil.example', '/..//evil.example', '/a/..//evil.example', '/%2e//evil.example', '/%2e%2e%2f%2fevil'],
    ...['/%09/evil.example', '/%0d%0aset-cookie:a=b', '/%00', `/${'a'.repeat(3000)}`, `/${'ü'.repeat(1000)}`],
  ])('%j is refused', (given) => expect(localPath(given)).toBeUndefined());

  it.each([undefined, null, 7, {}, ['/inbox'], new URL('https://app.example/inbox')])('%j is refused', (given) =>
    expect(localPath(given)).toBeUndefined(),
  );

  it('law: wherever it is resolved, decoded and resolved again, it stays in the app', () => {
    const law = fc.property(pieces, (given) => {
      const path = localPath(`/${given.join('')}`);
      if (path === undefined) return;
      for (const base of ['https://app.example/', 'http://127.0.0.1:3000/a/b?c', 'https://user@app.example:8443/x#y']) {
        const url = new URL(path, base);
        expect(url.origin).toBe(new URL(base).origin);
        expect(url.pathname.startsWith('//')).toBe(false);
        const decoded = leniently(url.pathname);
        if (decoded.startsWith('/')) expect(new URL(decoded, base).origin).toBe(new URL(base).origin);
      }
      expect(localPath(path)).toBe(path);
      expect(path).toMatch(/^[\x20-\x7e]+$/);
    });
    fc.assert(law, { numRuns: 3000 });
  });
});

const leniently = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};
