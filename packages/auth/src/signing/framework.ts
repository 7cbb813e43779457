import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { ReceivedRequest } from './received.ts';
import { LimitedBytes, readIncoming } from './read-limited.ts';

/** How a request of a server is read. */
export interface ReadingOptions {
  /**
   * The origin by which clients reach this server, where it stands behind something that ends TLS or changes `Host`.
   * What `X-Forwarded-*` says is never believed.
   * @defaultValue scheme of the connection and `Host`
   */
  readonly origin?: string;
  /** Longest body that is read, in bytes. @defaultValue 33554432 (32 MiB) */
  readonly maxBodyBytes?: number;
  /** The bytes of the body, where somebody has read them before. */
  readonly body?: Uint8Array | string;
}

/** The only place where a default stands. */
export const readingDefaults: Required<Pick<ReadingOptions, 'maxBodyBytes'>> = Object.freeze({
  maxBodyBytes: 32 * 1024 * 1024,
});

/**
 * A request of Node's (and so of express and its like) for {@link Verifier.verify}. Every line of its fields counts, also
 * those that `headers` leaves out. Its body is read once the signature is good.
 */
export function fromIncoming(incoming: IncomingMessage, options: ReadingOptions = {}): ReceivedRequest {
  const { origin, body, maxBodyBytes = readingDefaults.maxBodyBytes } = options;
  const { rawHeaders, headers, method = '', socket } = incoming;
  // express takes away from `url` what leads to the router, and keeps the whole here.
  const { originalUrl } = incoming as { originalUrl?: unknown };
  const path = typeof originalUrl === 'string' ? originalUrl : (incoming.url ?? '');
  const scheme = (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  return {
    method,
    url: (origin ?? `${scheme}://${authorityOf(headers.host, scheme)}`) + path,
    headers: pairs(rawHeaders),
    body: body ?? once(() => readIncoming(incoming, maxBodyBytes)),
  };
}

/**
 * A request of the Fetch standard (hono and its like) for {@link Verifier.verify}. Its body is read from a copy once the
 * signature is good, so it can still be read by others.
 */
export function fromRequest(request: Request, options: ReadingOptions = {}): ReceivedRequest {
  const { origin, body, maxBodyBytes = readingDefaults.maxBodyBytes } = options;
  const url = new URL(request.url);
  return {
    method: request.method,
    url: (origin ?? url.origin) + url.pathname + url.search,
    headers: request.headers,
    body: body ?? once(() => readRequest(request, maxBodyBytes)),
  };
}

async function readRequest(request: Request, maxBytes: number): Promise<Uint8Array> {
  const bytes = new LimitedBytes(maxBytes);
  bytes.check(Number(request.headers.get('content-length') ?? 0));
  const reader = request.clone().body?.getReader();
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done || value === undefined) return bytes.whole();
    bytes.add(value);
  }
}

function* pairs(raw: readonly string[]): Generator<readonly [string, string], void, undefined> {
  for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index] as string, raw[index + 1] as string];
}

/** As URLs have it: in lower case, without the port that goes without saying. */
function authorityOf(host = '', scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80';
  const authority = host.toLowerCase();
  return authority.endsWith(port) ? authority.slice(0, -port.length) : authority;
}

/** However often it is asked, a body is read once. */
function once(read: () => Promise<Uint8Array>): () => Promise<Uint8Array> {
  let reading: Promise<Uint8Array> | undefined;
  return () => (reading ??= read());
}
