/** Where a judge stands after counting an outcome. */
export type Ruling = 'closed' | 'open' | 'half_open';

/**
 * Counts the outcomes of one circuit during one stay in one state, and rules when that stay is over.
 * This is the part that a circuit-breaker library plays; the circuit around it sees to epochs, probes
 * and time.
 */
export interface Judge {
  /** Counts an outcome. A ruling other than the state it was made for ends the stay. */
  count(verdict: 'ok' | 'fail', nowMs: number): Ruling;
  /** Told that the circuit opens for a reason that the judge does not look at. */
  open(): void;
  /** Failures among what it counts, from 0 to 1; `undefined` while it counts nothing. */
  failureRatio(nowMs: number): number | undefined;
  /** What it counted, as the rest of a sentence. */
  because(): string;
  /** The stay is over; nothing of it may be left running. */
  dispose(): void;
}

/** Makes the judge for a stay that begins now. */
export type JudgeFactory = (key: string, state: 'closed' | 'half_open', nowMs: number) => Judge;
