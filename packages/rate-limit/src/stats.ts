import type { Bucket } from './bucket.ts';
import type { Gate } from './gate.ts';

/** One limit as it stands now. */
export interface LimitStats {
  /** Per window; `undefined` if not known. */
  readonly limit: number | undefined;
  /** Below zero if more was taken than there was; `undefined` if nothing is known. */
  readonly remaining: number | undefined;
  readonly windowMs: number;
}

/** One domain of limits as it stands now. */
export interface DomainStats {
  readonly requests: LimitStats;
  readonly tokens: LimitStats;
  readonly projectTokens: LimitStats;
  /** Calls that wait for room. */
  readonly waiting: number;
  /** How long nothing goes, in milliseconds, because the upstream said 429. */
  readonly frozenMs: number;
  /** Calls under way and how many may be; `undefined` where that is not limited. */
  readonly concurrency: { readonly inFlight: number; readonly limit: number } | undefined;
  /** Where reserved tokens went: `reserved + overdrawn = held + settled + released`. */
  readonly ledger: {
    readonly reserved: number;
    readonly held: number;
    readonly settled: number;
    readonly released: number;
    readonly overdrawn: number;
  };
}

/** How a gate stands. */
export function statsOf({ allowance, clock, waiting, frozenMs, concurrency, ledger }: Gate): DomainStats {
  const nowMs = clock.monotonic();
  const { reserved, held, settled, released, overdrawn } = ledger;
  return {
    requests: limitStats(allowance.requests, nowMs),
    tokens: limitStats(allowance.tokens, nowMs),
    projectTokens: limitStats(allowance.projectTokens, nowMs),
    waiting,
    frozenMs,
    concurrency: concurrency && { inFlight: concurrency.inFlight, limit: concurrency.limit },
    ledger: { reserved, held, settled, released, overdrawn },
  };
}

function limitStats(bucket: Bucket, nowMs: number): LimitStats {
  const { limit, windowMs } = bucket;
  return { limit, remaining: limit === undefined ? undefined : bucket.level(nowMs), windowMs };
}
