import { OptionError, rules, type CircuitKind } from '@holdfast/core';

/** One circuit in a snapshot. */
export interface CircuitSnapshot {
  readonly key: string;
  readonly kind: CircuitKind;
  /** A half-open circuit is told as an open one that may probe at once. */
  readonly state: 'closed' | 'open' | 'isolated';
  /** How long it stays open still, in milliseconds. */
  readonly openForMs: number;
  /** For how long its recovery ramp has run, in milliseconds; absent if it has none. */
  readonly rampedForMs?: number;
  /** How often it has opened since it was last well. */
  readonly openings: number;
  readonly failuresInRow: number;
  /** What opened it, as the rest of a sentence. */
  readonly because: string;
}

/** What the circuits of an engine know, as plain JSON. Holds no request, no answer and no secret. */
export interface CircuitsSnapshot {
  readonly version: 1;
  /** Wall-clock time since the Unix epoch, in milliseconds. */
  readonly takenAtMs: number;
  /** Those with something to tell; a closed one without trouble is as good as a new one. */
  readonly circuits: readonly CircuitSnapshot[];
}

const kinds: readonly unknown[] = ['target', 'endpoint', 'credential'] satisfies CircuitKind[];
const states: readonly unknown[] = ['closed', 'open', 'isolated'] satisfies CircuitSnapshot['state'][];

/** @throws OptionError naming what is wrong. */
export function checkSnapshot(snapshot: CircuitsSnapshot): void {
  const { version, takenAtMs, circuits } = (snapshot ?? {}) as Partial<Record<keyof CircuitsSnapshot, unknown>>;
  if (version !== 1 || !rules.durationMs.holds(takenAtMs) || !Array.isArray(circuits))
    throw new OptionError('restore', 'a snapshot of circuits, version 1', snapshot);
  circuits.forEach((circuit: unknown, index) => {
    if (!isCircuit(circuit)) throw new OptionError(`restore.circuits[${index}]`, 'the snapshot of a circuit', circuit);
  });
}

function isCircuit(value: unknown): value is CircuitSnapshot {
  if (typeof value !== 'object' || value === null) return false;
  const circuit = value as Record<keyof CircuitSnapshot, unknown>;
  const { rampedForMs = 0 } = circuit;
  return (
    typeof circuit.key === 'string' &&
    typeof circuit.because === 'string' &&
    kinds.includes(circuit.kind) &&
    states.includes(circuit.state) &&
    [circuit.openForMs, rampedForMs, circuit.openings, circuit.failuresInRow].every(rules.durationMs.holds)
  );
}
