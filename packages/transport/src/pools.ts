import { EnvHttpProxyAgent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { ResolvedTransportOptions } from './options.ts';

/** The connections to one origin. */
export interface OriginPool {
  readonly dispatcher: Dispatcher;
  /** Connections that were opened so far. */
  readonly opened: () => number;
  readonly stats: () => OriginStats;
}

/** What goes on at one origin. */
export interface OriginStats {
  /** Open connections. */
  readonly connected: number;
  /** Calls that have a connection. */
  readonly running: number;
  /** Calls that wait for one. */
  readonly queued: number;
  /** Connections opened since the beginning. */
  readonly opened: number;
}

/** The pools of one transport, one per origin, and never more than `maxOrigins`. */
export class Pools {
  readonly #options: ResolvedTransportOptions;
  /** Least recently used first. */
  readonly #pools = new Map<string, OriginPool>();
  #latest: { readonly origin: string; readonly pool: OriginPool } | undefined;

  constructor(options: ResolvedTransportOptions) {
    this.#options = options;
  }

  of(origin: string): OriginPool {
    if (this.#latest?.origin === origin) return this.#latest.pool;
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
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    this.#latest = undefined;
    await Promise.all(pools.map(({ dispatcher }) => dispatcher.close()));
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
    void victim[1].dispatcher.close();
  }
}

function openPool(origin: string, options: ResolvedTransportOptions): OriginPool {
  let opened = 0;
  const { connections, connectTimeoutMs, headersTimeoutMs, bodyIdleTimeoutMs, keepAliveMs, tls } = options;
  const common = {
    connections,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyIdleTimeoutMs,
    keepAliveTimeout: Math.max(1, keepAliveMs),
    connect: { timeout: connectTimeoutMs, ...tls },
  };
  const proxy = proxyFor(options);
  const dispatcher =
    proxy === undefined
      ? new Pool(origin, common)
      : proxy === 'env'
        ? new EnvHttpProxyAgent({ ...common, requestTls: tls as never })
        : new ProxyAgent({ ...common, uri: proxy, requestTls: tls as never });
  dispatcher.on('connect', () => opened++);
  return {
    dispatcher,
    opened: () => opened,
    stats: () => {
      const { connected, running, queued } = statsOf(dispatcher);
      return { connected, running, queued, opened };
    },
  };
}

function statsOf(dispatcher: Dispatcher): Pool['stats'] {
  const { stats } = dispatcher as { stats?: unknown };
  const all = stats instanceof Object && 'connected' in stats ? [stats as Pool['stats']] : Object.values(stats ?? {});
  const sum = (key: 'connected' | 'running' | 'queued'): number =>
    all.reduce((total, one) => total + Number((one as Pool['stats'])[key] ?? 0), 0);
  return { connected: sum('connected'), running: sum('running'), queued: sum('queued') } as Pool['stats'];
}

/** `'env'` only where the environment names a proxy, as its agent costs more than a pool. */
function proxyFor({ proxy }: ResolvedTransportOptions): string | undefined {
  if (proxy === false) return undefined;
  if (proxy !== 'env') return String(proxy);
  const { env } = process;
  const isNamed = ['HTTP_PROXY', 'HTTPS_PROXY'].some((name) => (env[name] ?? env[name.toLowerCase()] ?? '') !== '');
  return isNamed ? 'env' : undefined;
}
