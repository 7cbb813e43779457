import { percentile } from './percentile.ts';
import { costUsd, type Tokens } from './prices.ts';

/** How one call ended. An answer counts only when it came whole. */
export interface CallRecord {
  /** Index of the phase in which the call began. */
  readonly phase: number;
  /** When it ended, counted from the start of the day. */
  readonly endedAtMs: number;
  readonly latencyMs: number;
  /** Why it failed, in a word or two; `undefined` for an answer. */
  readonly failure?: string;
  /** The model that answered. */
  readonly model?: string;
  readonly tokens?: Tokens;
}

/** What was counted. Latencies are those of answers. */
export interface Totals {
  readonly answered: number;
  readonly failed: number;
  /** `undefined` before the first answer. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  /** How often each failure happened, the commonest first. */
  readonly failures: readonly (readonly [name: string, count: number])[];
  /** How many answers each model gave, the commonest first. */
  readonly models: readonly (readonly [name: string, count: number])[];
  /** By list price, for answers. */
  readonly costUsd: number;
}

/** A slice of time. */
export interface Slot {
  readonly answered: number;
  readonly failed: number;
}

/** How many slices a day has: one a second in a day of a minute. */
export const slotCount = 60;

/** Counts the calls of one side. */
export class Tally {
  readonly #records: CallRecord[] = [];
  readonly #slotMs: number;

  constructor(durationMs: number) {
    this.#slotMs = durationMs / slotCount;
  }

  add(record: CallRecord): void {
    this.#records.push(record);
  }

  /** Of one phase, or of all. */
  totals(phase?: number): Totals {
    const records = phase === undefined ? this.#records : this.#records.filter((record) => record.phase === phase);
    const answers = records.filter((record) => record.failure === undefined);
    const latencies = answers.map((record) => record.latencyMs).toSorted((a, b) => a - b);
    return {
      answered: answers.length,
      failed: records.length - answers.length,
      p50Ms: percentile(latencies, 0.5),
      p95Ms: percentile(latencies, 0.95),
      failures: counted(records.map((record) => record.failure)),
      models: counted(answers.map((record) => record.model)),
      costUsd: answers.reduce((sum, { model, tokens }) => sum + (model && tokens ? costUsd(model, tokens) : 0), 0),
    };
  }

  /** The day in slices, by when calls ended; what ended after the day is in the last. */
  timeline(): readonly Slot[] {
    const slots = Array.from({ length: slotCount }, () => ({ answered: 0, failed: 0 }));
    for (const { endedAtMs, failure } of this.#records) {
      const slot = slots[Math.min(slotCount - 1, Math.floor(endedAtMs / this.#slotMs))];
      if (slot !== undefined) slot[failure === undefined ? 'answered' : 'failed'] += 1;
    }
    return slots;
  }
}

function counted(names: readonly (string | undefined)[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}
