import type { Fetch, HeaderChanges, Transport } from '@holdfast/core';
import { decoded, acceptedEncodings } from './decoding.ts';
import { requestFailure } from './failure.ts';
import { heldBody } from './held-body.ts';
import { highWaterBytes, Incoming, type Head } from './incoming.ts';
import { lightResponse } from './light-response.ts';
import { resolveOptions, type ResolvedTransportOptions, type TransportOptions } from './options.ts';
import { outgoing, type Outgoing } from './outgoing.ts';
import { Pools, type OriginPool, type OriginStats } from './pools.ts';

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
  const carrier: Carrier = { pools, options: resolved };
  return {
    name: 'transport',
    layer: 'transport',
    fetch: (input, init) => carry(carrier, input, init),
    send: (url, init, changes) => carry(carrier, url, init, changes),
    async warm(url, connections = 1) {
      const pool = pools.of(new URL(url).origin);
      await Promise.all(Array.from({ length: connections }, () => knock(carrier, pool, url)));
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
}

function carry(
  carrier: Carrier,
  input: Parameters<Fetch>[0],
  init: RequestInit = {},
  changes?: HeaderChanges,
): Promise<Response> {
  try {
    if (input instanceof Request) return carryRequest(carrier, input, init);
    const url = input instanceof URL ? input : parsed(input);
    // Whatever is not HTTP is nothing that a pool could hold.
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return globalThis.fetch(input, init);
    init.signal?.throwIfAborted();
    const out = outgoing(url, init, {
      changes,
      acceptEncoding: carrier.options.compressed ? acceptedEncodings : undefined,
    });
    const job: Job = { url, init, out, pool: carrier.pools.of(url.origin) };
    return sent(job);
  } catch (error) {
    return Promise.reject(error);
  }
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    throw new TypeError(`Failed to parse URL from ${text}`, { cause: error });
  }
}

/** A `Request` brings everything itself; what `init` says besides wins. */
function carryRequest(carrier: Carrier, request: Request, init: RequestInit): Promise<Response> {
  const { url, method, headers, signal, body } = new Request(request, init);
  return carry(carrier, url, { method, headers, signal, ...(body !== null && { body }), redirect: 'manual' });
}

interface Job {
  readonly url: URL;
  readonly init: RequestInit;
  readonly out: Outgoing;
  readonly pool: OriginPool;
}

/** Sends once, and once more if the connection had died of its own before it was used. */
function sent(job: Job): Promise<Response> {
  const openedBefore = job.pool.opened();
  return dispatched(job).catch((error: unknown) => {
    const isStale = isReset(error) && job.out.isReplayable && job.pool.opened() === openedBefore;
    return isStale && job.init.signal?.aborted !== true ? dispatched(job) : Promise.reject(error);
  });
}

/** The server closed while we wrote: on a connection that was kept, it had closed before. */
function isReset(error: unknown): boolean {
  const code = ((error as { cause?: { code?: unknown } } | null)?.cause ?? {}).code;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}

function dispatched({ url, init, out, pool }: Job): Promise<Response> {
  return new Promise((resolve, reject) => {
    const answered = (head: Head): void => {
      if (init.redirect === 'error' && isRedirect(head.status)) {
        const error = new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
        incoming.abort(error);
        reject(error);
        return;
      }
      const isEmpty = bodyless.has(head.status) || out.options.method === 'HEAD';
      const body = isEmpty ? undefined : heldBody(incoming, head.headers['content-length'], highWaterBytes);
      resolve(decoded(lightResponse({ url: url.href, head, body })));
    };
    const failed = (error: unknown): void => reject(requestFailure(error));
    const incoming = new Incoming({ answered, failed }, init.signal);
    pool.dispatcher.dispatch({ ...out.options, origin: url.origin, body: out.body() }, incoming);
  });
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== 304;

/** The lightest request there is, for the sake of the connection that it leaves behind: after a `HEAD` undici closes. */
function knock({ options }: Carrier, pool: OriginPool, url: string): Promise<void> {
  const { origin } = new URL(url);
  return new Promise((resolve, reject) => {
    const incoming = new Incoming({
      answered: () => {
        // undici gives a connection back one turn after its answer.
        const free = (): unknown => setImmediate(() => setImmediate(resolve));
        incoming.readAll().then(free, reject);
      },
      failed: (error) => reject(requestFailure(error)),
    });
    const headersTimeout = options.connectTimeoutMs;
    pool.dispatcher.dispatch({ origin, method: 'OPTIONS', path: '/', headers: [], headersTimeout }, incoming);
  });
}
