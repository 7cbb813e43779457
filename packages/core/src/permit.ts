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
  /** Says how the attempt ended, once its body has. Calls after the first change nothing. */
  end(verdict: Verdict, timings?: PermitTimings): void;
}

/** No leave: the circuit is open, or its probes are all out. */
export interface Rejection {
  readonly granted: false;
  readonly reason: 'open' | 'probing' | 'isolated';
  /** When the next probe may go, in milliseconds from now. */
  readonly retryAfterMs: number;
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
  acquire(key: string): Permit | Rejection;
  /** State of every circuit there is, by key. */
  status(): ReadonlyMap<string, CircuitState>;
  close(): void;
}
