import type { CircuitChange, CircuitEngine, Permit, PermitTimings, Rejection } from '@holdfast/core';

// What engines may tell and be told beyond the port. All of it is optional, so that an engine which
// knows only the port serves as well: it merely explains less.

/** A permit that says whether it is a probe of a half-open circuit. */
export interface DetailedPermit extends Permit {
  readonly probe?: boolean;
}

/** A rejection that says what opened the circuit. */
export interface DetailedRejection extends Rejection {
  /** As the rest of a sentence, e.g. `6 of 10 calls failed within 60 s`. */
  readonly because?: string;
}

/** How an attempt ended, with what the server asked for. */
export interface DetailedReport extends PermitTimings {
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** One circuit changed its state, and why. */
export interface DetailedChange extends CircuitChange {
  /** As the rest of a sentence, e.g. `6 of 10 calls failed within 60 s`. */
  readonly because: string;
}

/** An engine that can print its thresholds. */
export interface DescribedEngine extends CircuitEngine {
  describe?(): string;
}
