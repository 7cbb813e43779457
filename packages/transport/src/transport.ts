import type { Fetch, HeaderChanges, Transport } from '@holdfast/core';
import { Addresses, addressOf, type Address } from './addresses.ts';
import { acceptedEncodings, decodedBody } from './decoding.ts';
import { requestFailure } from './failure.ts';
import { heldBody } from './held-body.ts';
import { highWaterBytes, Incoming, type Head } from './incoming.ts';
import { lightResponse } from './light-response.ts';
import { resolveOptions, type ResolvedTransportOptions, type TransportOptions } from './options.ts';
import type { OriginPool, OriginStats } from './lease.ts';
import { outgoing, type Outgoing } from './outgoing.ts';
import { Pools } from './pools.ts';

/** A transport, usable in a pipeline and alone: `new OpenAI({ fetch: transport().fetch })`. */
export interface PooledTransport extends Transport {
  /** Opens up to `connections` connections to the origin of `url` before they are needed. */
  warm(url: string, connections?: number): Promise<void>;
  /** What goes on, by origin. */
  stats(): Readonly<Record<string, OriginStats>>;
  /** Ends once what is under way has ended. */
  close(): Promise<void>;
}

/** Answers that have no body by their nature (RFC 9110, section 6.4.1). */
const bodyless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` for calls to the API, on connections of its own that are kept open, one pool per origin. It does
 * what such a call needs and no more: no CORS, no cookies, no cache, and a redirect is an answer like any other.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function transport(options: TransportOptions = {}): PooledTransport {
  const resolved = resolveOptions(options);
  const pools = new Pools(resolved);
  const carrier: Carrier = { pools, options: resolved, addresses: new Addresses() };
  return {
    name: 'transport',
    layer: 'transport',
    fetch: (input, init) => carry(carrier, input, init),
    send: (url, init, changes) => carry(carrier, url, init, changes),
    async warm(url, connections = 1) {
      const { origin } = addressOf(new URL(url));
      const pool = pools.of(origin);
      await Promise.all(Array.from({ length: connections }, () => knock(pool, origin, resolved.connectTimeoutMs)));
    },
    stats: () => pools.stats(),
    close: () => pools.close(),
    describe: () =>
      `undici, up to ${resolved.connections} connections per origin, body idle up to ${resolved.bodyIdleTimeoutMs} ms`,
  };
}

interface Carrier {
  readonly pools: Pools;
  readonly options: ResolvedTransportOptions;
  readonly addresses: Addresses;
}

function carry(
  carrier: Carrier,
  input: Parameters<Fetch>[0],
  init: RequestInit = {},
  changes?: HeaderChanges,
): Promise<Response> {
  try {
    if (input instanceof Request) return carryRequest(carrier, input, init);
    const address = typeof input === 'string' ? carrier.addresses.of(input) : addressOf(input);
    // Whatever is not HTTP is nothing that a pool could hold.
    if (!address.isHttp) return globalThis.fetch(input, init);
    init.signal?.throwIfAborted();
    const out = outgoing(address, init, {
      changes,
      acceptEncoding: carrier.options.compressed ? acceptedEncodings : undefined,
    });
    const pool = carrier.pools.of(address.origin);
    return new Promise((resolve, reject) =>
      dispatched({ address, init, out, pool, resolve, reject }, out.isReplayable),
    );
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A `Request` brings everything itself; what `init` says besides wins. */
function carryRequest(carrier: Carrier, request: Request, init: RequestInit): Promise<Response> {
  const { url, method, headers, signal, body } = new Request(request, init);
  const plain = {
    method,
    headers,
    signal,
    ...(body !== null && { body, duplex: 'half' }),
    redirect: 'manual' as const,
  };
  return carry(carrier, url, plain);
}

interface Job {
  readonly address: Address;
  readonly init: RequestInit;
  readonly out: Outgoing;
  readonly pool: OriginPool;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
}

/** Sends once, and once more if the connection had died of its own before it was used. */
function dispatched(job: Job, mayRepeat: boolean): void {
  const { address, init, out, pool } = job;
  const failed = (error: unknown): void => {
    const isStale = mayRepeat && isReset(error) && incoming.lease?.isStale === true;
    if (isStale) dispatched(job, false);
    else job.reject(incoming.wasAborted ? error : requestFailure(error));
  };
  const incoming = new Incoming({ answered: (head) => answered(job, head, incoming), failed }, init.signal);
  pool.dispatch({ ...out.options, origin: address.origin, body: out.body() }, incoming);
}

function answered({ address, init, out, resolve, reject }: Job, head: Head, incoming: Incoming): void {
  if (init.redirect === 'error' && isRedirect(head.status)) {
    const error = new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
    incoming.abort(error);
    reject(error);
    return;
  }
  const isEmpty = bodyless.has(head.status) || out.options.method === 'HEAD';
  const held = isEmpty ? undefined : heldBody(incoming, head.headers['content-length'], highWaterBytes);
  const encoding = head.headers['content-encoding'];
  const body = held === undefined || encoding === undefined ? held : decodedBody(held, String(encoding));
  resolve(lightResponse({ url: address.href, head, body }));
}

/** The server closed while we wrote: on a connection that was kept, it had closed before. */
function isReset(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== 304;

/** The lightest request there is, for the sake of the connection that it leaves behind: after a `HEAD` undici closes. */
function knock(pool: OriginPool, origin: string, headersTimeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const incoming = new Incoming({
      answered: () => void incoming.readAll().then(() => resolve(), reject),
      failed: (error) => reject(requestFailure(error)),
    });
    pool.dispatch({ origin, method: 'OPTIONS', path: '/', headers: [], headersTimeout, body: null }, incoming);
  });
}
