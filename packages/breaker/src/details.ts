import type { CircuitChange, CircuitEngine, CircuitKind, Permit, PermitTimings, Rejection } from '@holdfast/core';
import type { CircuitsSnapshot } from './snapshot.ts';

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
  /** A number by which the body of the request is known again; absent where the body cannot be to blame. */
  readonly print?: number | undefined;
  /** Where the attempt went: endpoint, model, credential. One body that fails at two places is to blame itself. */
  readonly place?: string | undefined;
}

/** One circuit changed its state, and why. */
export interface DetailedChange extends CircuitChange {
  /** As the rest of a sentence, e.g. `6 of 10 calls failed within 60 s`. */
  readonly because: string;
}

/** An engine that can print its thresholds and tell how long a circuit refuses. */
export interface DescribedEngine extends CircuitEngine {
  describe?(): string;
  /** How long the circuit of `key` would refuse now, without asking it for leave; 0 if it would not. */
  waitMs?(key: string): number;
  /** Failures among the calls that the circuit of `key` counts, from 0 to 1; `undefined` while it counts none. */
  failureRatio?(key: string): number | undefined;
}

/** Holds a circuit open until it is released. */
export interface Isolation extends Disposable {
  /** The circuit closes when the last of its isolations is released. Doing it again changes nothing. */
  release(): void;
}

/** An engine of this package: circuits that can also be worked by hand. */
export interface Circuits extends Required<DescribedEngine> {
  /**
   * Opens a circuit by hand and holds it so, whatever happens and whoever calls.
   *
   * @param kind - what the circuit speaks for, where it is not there yet; `target` by default.
   */
  isolate(key: string, kind?: CircuitKind): Isolation;
  /** Closes a circuit by hand, all without `key`, as if they had never been used. Ends every isolation. */
  reset(key?: string): void;
  /** What the circuits know, as plain JSON, to be restored by another process. */
  snapshot(): CircuitsSnapshot;
  /**
   * Takes over a snapshot; time has passed for it as the wall clock says. Circuits that it does not know stay
   * as they are, and nobody is told of changes.
   *
   * @throws OptionError for what is no snapshot.
   */
  restore(snapshot: CircuitsSnapshot): void;
}
