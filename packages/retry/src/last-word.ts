/**
 * Makes an upstream answer say `x-should-retry: false`, so that no client further out retries what has
 * been retried. The response stays the object that came, unread and with its own `headers`.
 */
export function lastWord(response: Response): Response {
  const { headers } = response;
  if (headers.get('x-should-retry') === 'false') return response;
  try {
    headers.set('x-should-retry', 'false');
  } catch {
    // The headers of a native answer are immutable; only what is asked for can be overlaid.
    const get = headers.get.bind(headers);
    const has = headers.has.bind(headers);
    const isOurs = (name: string): boolean => String(name).toLowerCase() === 'x-should-retry';
    Object.defineProperties(headers, {
      get: { configurable: true, value: (name: string) => (isOurs(name) ? 'false' : get(name)) },
      has: { configurable: true, value: (name: string) => isOurs(name) || has(name) },
    });
  }
  return response;
}
