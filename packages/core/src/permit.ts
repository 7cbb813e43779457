/** How a permitted call ended, as a circuit counts it. `ignored` says nothing about the upstream. */
export type Verdict = 'ok' | 'fail' | 'ignored';

/** What a circuit may learn beside the verdict. */
export interface PermitTimings {
  /** From the start of the attempt to its first event, in milliseconds. */
  readonly firstEventMs?: number | undefined;
  /** From the start of the attempt to the end of its body, in milliseconds. */
  readonly durationMs?: number | undefined;
}

/** Leave to make one attempt. Holds a place until it is ended. */
export interface Permit {
  readonly granted: true;
  /**
   * Says that the first content has come, `elapsedMs` after the start of the attempt. Absent where nobody
   * judges by it. A call that never says so is slow once it has waited longer than the engine allows.
   */
  firstContent?(elapsedMs: number): void;
  /** Says how the attempt ended, once its body has. Calls after the first change nothing. */
  end(verdict: Verdict, timings?: PermitTimings): void;
}

/**
 * No leave, and why.
 *
 * - `open`: nothing goes until the next probe.
 * - `probing`: the probes of a half-open circuit are all out.
 * - `ramping`: closed again, but only a growing share of the calls goes.
 * - `isolated`: opened by hand.
 */
export interface Rejection {
  readonly granted: false;
  readonly reason: 'open' | 'probing' | 'ramping' | 'isolated';
  /** When it is worth asking again, in milliseconds from now; infinite where only a hand can tell. */
  readonly retryAfterMs: number;
}

/**
 * What a circuit speaks for.
 *
 * - `target`: one operation of one model at one endpoint.
 * - `endpoint`: whether an endpoint can be reached at all, for every model there.
 * - `credential`: what all calls under one credential share, such as a quota.
 */
export type CircuitKind = 'target' | 'endpoint' | 'credential';

/** How leave is asked for. */
export interface Asking {
  /** @defaultValue 'target' */
  readonly kind?: CircuitKind;
  /**
   * The call goes whatever the circuit says, short of one opened by hand: as a probe where one is free,
   * otherwise uncounted.
   */
  readonly forced?: boolean;
}

/** `closed` lets everything through, `open` nothing, `half_open` a few probes. */
export type CircuitState = 'closed' | 'open' | 'half_open' | 'isolated';

/** One circuit changed its state. */
export interface CircuitChange {
  readonly key: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
}

/** What every circuit-breaker engine is to the layer above it. */
export interface CircuitEngine {
  /** Asks for leave, at once: a circuit never queues. */
  acquire(key: string, asking?: Asking): Permit | Rejection;
  /** State of every circuit there is, by key. */
  status(): ReadonlyMap<string, CircuitState>;
  close(): void;
}
