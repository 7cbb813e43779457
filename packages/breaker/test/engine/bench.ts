import type { Permit, Rejection, Verdict } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { expect } from 'vitest';
import type { Circuits, DetailedReport, CircuitOptions, DetailedChange } from '../../src/index.ts';

/** Makes the engine under test, with `clock` and thresholds from the case. */
export type CreateEngine = (options: CircuitOptions) => Circuits;

/** What cases are told with that are not about growth, chance or the ramp. */
export const plain = { openMs: 30_000, openGrowth: 1, openJitterRatio: 0, rampMs: 0 } as const;

export const key = 'https://api.openai.com gpt-5';

/** An engine on a manual clock, and the few things that every case does with one. */
export function bench(create: CreateEngine, options: CircuitOptions = {}) {
  const clock = new ManualClock();
  const changes: DetailedChange[] = [];
  const engine = create({ clock, onStateChange: (change) => changes.push(change), ...plain, ...options });
  const admit = (circuit = key): Permit => {
    const permit = engine.acquire(circuit);
    if (!permit.granted) throw new Error(`refused: ${permit.reason}`);
    return permit;
  };
  const refusal = (circuit = key): Rejection => {
    const rejection = engine.acquire(circuit);
    if (rejection.granted) throw new Error('admitted');
    return rejection;
  };
  return {
    clock,
    engine,
    changes,
    admit,
    refusal,
    /** Whole calls, one after the other. */
    run(...verdicts: readonly Verdict[]): void {
      for (const verdict of verdicts) admit().end(verdict);
    },
    /** Opens the circuit with five failures in a row, the default. */
    trip(report?: DetailedReport): void {
      for (let call = 0; call < 5; call++) admit().end('fail', report);
      expect(engine.status().get(key)).toBe('open');
    },
    state: (circuit = key) => engine.status().get(circuit),
    /** The states that the listener was told of, e.g. `closed>open`. */
    moves: () => changes.map(({ from, to }) => `${from}>${to}`),
  };
}

export const times = (count: number, verdict: Verdict): Verdict[] => Array.from({ length: count }, () => verdict);
