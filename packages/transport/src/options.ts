import type { ConnectionOptions } from 'node:tls';
import { checkOptions, OptionError, rules } from '@holdfast/core';

/** How `transport()` behaves. */
export interface TransportOptions {
  /**
   * Most connections per origin. HTTP/1.1 carries one call each, so this bounds the calls that are under way;
   * further ones wait for a free connection.
   * @defaultValue 1024
   */
  readonly connections?: number;
  /** Longest time for TCP and TLS to come up, in milliseconds. @defaultValue 10000 */
  readonly connectTimeoutMs?: number;
  /**
   * Longest time until the headers of an answer, in milliseconds; 0 for none. A model that reasons may take
   * minutes, and the client's own timeout bounds the whole.
   * @defaultValue 600000, as the client's own timeout
   */
  readonly headersTimeoutMs?: number;
  /**
   * Longest silence within a body, in milliseconds; 0 for none. Streams of reasoning models pause for minutes,
   * which a limit of 300 s (the default of undici and the global fetch) takes for dead.
   * @defaultValue 600000
   */
  readonly bodyIdleTimeoutMs?: number;
  /**
   * How long an idle connection is kept, in milliseconds, unless the server says otherwise.
   * @defaultValue 30000, below what load balancers commonly keep (60 s)
   */
  readonly keepAliveMs?: number;
  /**
   * How long the addresses of a host are remembered, in milliseconds; 0 for not at all. Only new connections
   * ask for them, and those that are opened together ask once.
   * @defaultValue 10000, short enough for a failover by DNS
   */
  readonly dnsCacheMs?: number;
  /**
   * Speak HTTP/2 to servers that offer it: many calls share a connection, and many streams at a time cost less CPU
   * each (measured in benchmarks/README.md).
   * @defaultValue false, as a lost packet then holds back every call on the connection
   */
  readonly http2?: boolean;
  /**
   * Origins with connections of their own. The least recently used idle one is closed for a new one.
   * @defaultValue 64
   */
  readonly maxOrigins?: number;
  /** Ask for compressed answers. Saves bytes and costs CPU; what comes compressed is read in any case. @defaultValue false */
  readonly compressed?: boolean;
  /**
   * The URL of a proxy for every origin, or `'env'` for what `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say, or `false`.
   * @defaultValue 'env'
   */
  readonly proxy?: string | URL | false;
  /** Certificates of one's own: `ca`, and `cert` with `key` for a server that wants to know its client. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>;
}

/** Options with every default filled in. */
export type ResolvedTransportOptions = Required<TransportOptions>;

/** The only place where a default stands. */
export const defaults: ResolvedTransportOptions = Object.freeze({
  connections: 1024,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 600_000,
  bodyIdleTimeoutMs: 600_000,
  keepAliveMs: 30_000,
  dnsCacheMs: 10_000,
  http2: false,
  maxOrigins: 64,
  compressed: false,
  proxy: 'env',
  tls: Object.freeze({}),
});

const tlsKeys = ['ca', 'cert', 'key', 'passphrase', 'servername', 'rejectUnauthorized'];

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: TransportOptions): ResolvedTransportOptions {
  checkOptions('transport', options, {
    connections: rules.wholeFrom(1),
    connectTimeoutMs: rules.durationMs,
    headersTimeoutMs: rules.durationMs,
    bodyIdleTimeoutMs: rules.durationMs,
    keepAliveMs: rules.durationMs,
    dnsCacheMs: rules.durationMs,
    http2: rules.flag,
    maxOrigins: rules.wholeFrom(1),
    compressed: rules.flag,
    proxy: { expected: "'env', false or the URL of a proxy (http or https)", holds: isProxy },
    tls: {
      expected: `an object with ${tlsKeys.join(', ')}`,
      holds: (value) => typeof value === 'object' && value !== null,
    },
  });
  for (const key of Object.keys(options.tls ?? {}))
    if (!tlsKeys.includes(key)) throw new OptionError(`transport.tls.${key}`, `one of ${tlsKeys.join(', ')}`, key);
  return { ...defaults, ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) };
}

function isProxy(value: unknown): boolean {
  if (value === 'env' || value === false) return true;
  try {
    return /^https?:$/.test(new URL(value as string).protocol);
  } catch {
    return false;
  }
}
