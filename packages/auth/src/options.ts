import type { AdminUseEvent, EgressDeniedEvent, QuarantineEvent, RefreshEvent, StateChangeEvent } from './events.ts';
import type { PoolOptions } from './pool/pool-options.ts';
import type { QuarantineStore } from './quarantine/quarantine-store.ts';
import type { RefreshOptions } from './value/refresh-options.ts';
import type { CredentialInput } from './source.ts';

/** Who is told what. Whatever one of them throws is reported and breaks no call. */
export interface AuthCallbacks {
  /** Told when a credential of a pool, or the quota of its limit domain, is quarantined. */
  readonly onQuarantine?: (event: QuarantineEvent) => void;
  /** Told when a source was asked for a value in place of another, once however many calls waited. */
  readonly onRefresh?: (event: RefreshEvent) => void;
  /** Told when the state of a credential of a pool has changed because of what upstream said, or by hand. */
  readonly onStateChange?: (event: StateChangeEvent) => void;
  /** Told when upstream does not let our address in, at most once each {@link PoolOptions.alertMs}. */
  readonly onEgressDenied?: (event: EgressDeniedEvent) => void;
  /** Told of each request that leaves with an admin credential, before it does; for the audit. */
  readonly onAdminUse?: (event: AdminUseEvent) => void;
}

/** How `auth()` behaves. */
export interface AuthOptions extends AuthCallbacks {
  /**
   * What calls prove themselves with in place of the credential that their client set: a key, a function
   * that gives a token, a source such as `envKeys()`, or several of those as a pool.
   * @defaultValue none: every call keeps the credential of its client
   */
  readonly credentials?: CredentialInput;
  /**
   * What the calls of each tenant prove themselves with, by `hints.tenant`; asked at the first call of a tenant. With
   * it, a call of a tenant that has none is refused, and so is one that names no tenant unless there are `credentials`.
   * @defaultValue none: tenants share `credentials`
   */
  readonly tenants?: Readonly<Record<string, CredentialInput>> | ((tenant: string) => CredentialInput | undefined);
  /**
   * Tenants whose credentials are remembered. Above it the least recently seen is forgotten.
   * @defaultValue 10000
   */
  readonly maxTenants?: number;
  /**
   * What admin operations prove themselves with, and nothing else does.
   * @defaultValue what `envKeys()` in `credentials` found in `OPENAI_ADMIN_KEY`; without it the client signs
   *   admin operations itself
   */
  readonly admin?: CredentialInput;
  /**
   * The only origins that the credentials may go to. The guard refuses every other.
   * @defaultValue the origin of the wrapped client; where no client is known, the API and its regional hosts
   */
  readonly origins?: readonly string[];
  /**
   * The project where files, responses and the like are kept, in a pool of several projects.
   * @defaultValue the first one among the credentials
   */
  readonly stateProject?: string;
  /**
   * Longest time that a source may take for one answer, in milliseconds. Calls that wait for it are
   * bounded by their own signal as well.
   * @defaultValue 10000
   */
  readonly sourceTimeoutMs?: number;
  readonly refresh?: RefreshOptions;
  readonly pool?: PoolOptions;
  /**
   * Keeps quarantines over a restart, such as `quarantineFile()`.
   * @defaultValue none: a new process knows nothing of them
   */
  readonly store?: QuarantineStore;
}

/** Every duration and number of {@link RefreshOptions}, and what else asking a source takes. */
export interface RefreshMeans extends Required<RefreshOptions>, Pick<AuthCallbacks, 'onRefresh'> {
  readonly timeoutMs: number;
}

/** Every duration and number of {@link PoolOptions}. */
export type PoolMeans = Required<PoolOptions>;

/** Options, checked, with every default in its place. */
export interface ResolvedAuthOptions {
  readonly callbacks: AuthCallbacks;
  readonly given: Pick<AuthOptions, 'credentials' | 'admin' | 'tenants' | 'stateProject' | 'store'>;
  readonly maxTenants: number;
  readonly origins: readonly string[] | undefined;
  readonly refresh: RefreshMeans;
  readonly pool: PoolMeans;
}

/** The only place where a default stands. */
export const defaults: {
  readonly sourceTimeoutMs: number;
  readonly maxTenants: number;
  readonly origins: readonly string[];
  readonly refresh: Required<RefreshOptions>;
  readonly pool: PoolMeans;
} = Object.freeze({
  sourceTimeoutMs: 10_000,
  maxTenants: 10_000,
  origins: Object.freeze([
    'https://api.openai.com',
    ...['us', 'eu', 'ae', 'au', 'in', 'jp'].map((region) => `https://${region}.api.openai.com`),
  ]),
  refresh: Object.freeze({
    aheadMs: 300_000,
    aheadRatio: 0.2,
    jitterRatio: 0.5,
    cooldownMs: 1000,
    maxCooldownMs: 60_000,
    waitMs: 2000,
    pauseMs: 60_000,
  }),
  pool: Object.freeze({
    suspectMs: 1000,
    probeMs: 600_000,
    maxProbes: 3,
    probeTimeoutMs: 60_000,
    coolMs: 1000,
    forgetMs: 600_000,
    egressMs: 60_000,
    alertMs: 300_000,
  }),
});
