/** Whether a URL leads to this very machine. @see RFC 6761 §6.3 for `localhost` */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Whether nobody on the way can read what is sent there. */
export const isProtected = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));

/** `value` as a URL that can be trusted with secrets; `undefined` if it is none. */
export function protectedUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return isProtected(url) && url.username === '' && url.password === '' ? url : undefined;
}
