import { buildConnector, EnvHttpProxyAgent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { cachedLookup } from './cached-lookup.ts';
import { Connections } from './connections.ts';
import { Dispatched } from './dispatched.ts';
import type { OriginPool, OriginStats } from './lease.ts';
import type { ResolvedTransportOptions } from './options.ts';

/** The pools of one transport, one per origin, and never more than `maxOrigins`. */
export class Pools {
  readonly #options: ResolvedTransportOptions;
  /** Least recently used first. */
  readonly #pools = new Map<string, OriginPool>();
  #latest: { readonly origin: string; readonly pool: OriginPool } | undefined;
  #isClosed = false;

  constructor(options: ResolvedTransportOptions) {
    this.#options = options;
  }

  of(origin: string): OriginPool {
    if (this.#latest?.origin === origin) return this.#latest.pool;
    if (this.#isClosed) throw new TypeError('fetch failed', { cause: new Error('the transport has been closed') });
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      if (this.#pools.size >= this.#options.maxOrigins) this.#evictOne();
      pool = openPool(origin, this.#options);
    } else this.#pools.delete(origin);
    this.#pools.set(origin, pool);
    this.#latest = { origin, pool };
    return pool;
  }

  stats(): Readonly<Record<string, OriginStats>> {
    return Object.fromEntries([...this.#pools].map(([origin, pool]) => [origin, pool.stats()]));
  }

  /** Closes once what is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    this.#latest = undefined;
    await Promise.all(pools.map((pool) => pool.close()));
  }

  #evictOne(): void {
    const entries = [...this.#pools];
    const isIdle = ([, pool]: (typeof entries)[number]): boolean => {
      const { running, queued } = pool.stats();
      return running + queued === 0;
    };
    const victim = entries.find(isIdle) ?? entries[0];
    if (victim === undefined) return;
    this.#pools.delete(victim[0]);
    // Lets what is under way come to its end.
    void victim[1].close();
  }
}

function openPool(origin: string, options: ResolvedTransportOptions): OriginPool {
  const { connections, connectTimeoutMs, headersTimeoutMs, bodyIdleTimeoutMs, keepAliveMs, tls, dnsCacheMs } = options;
  const common = {
    connections,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyIdleTimeoutMs,
    keepAliveTimeout: Math.max(1, keepAliveMs),
  };
  const connect = {
    timeout: connectTimeoutMs,
    ...(dnsCacheMs > 0 && { lookup: cachedLookup(dnsCacheMs) }),
    ...tls,
    allowH2: options.http2,
  };
  const proxy = proxyFor(options);
  if (proxy !== undefined) return new Dispatched(proxyAgent(proxy, { ...common, connect }, tls));
  if (options.http2) return new Dispatched(new Pool(origin, { ...common, connect, allowH2: true }));
  return new Connections(origin, { ...common, allowH2: false, connect: buildConnector(connect) });
}

const proxyAgent = (uri: string, common: object, tls: object): Dispatcher =>
  uri === 'env'
    ? new EnvHttpProxyAgent({ ...common, requestTls: tls as never })
    : new ProxyAgent({ ...common, uri, requestTls: tls as never });

/** `'env'` only where the environment names a proxy, as its agent costs more than a pool. */
function proxyFor({ proxy }: ResolvedTransportOptions): string | undefined {
  if (proxy === false) return undefined;
  if (proxy !== 'env') return String(proxy);
  const { env } = process;
  const isNamed = ['HTTP_PROXY', 'HTTPS_PROXY'].some((name) => (env[name] ?? env[name.toLowerCase()] ?? '') !== '');
  return isNamed ? 'env' : undefined;
}
