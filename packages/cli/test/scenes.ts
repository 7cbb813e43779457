import { dayPhases } from '../src/demo/day.ts';
import type { Snapshot } from '../src/demo/snapshot.ts';
import { Tally, type CallRecord } from '../src/demo/tally.ts';

/** A record of an answer, or of whatever `changes` make of it. */
export const record = (changes: Partial<CallRecord> = {}): CallRecord => ({
  phase: 0,
  endedAtMs: 0,
  latencyMs: 100,
  model: 'gpt-5',
  tokens: { inputTokens: 1_000_000, outputTokens: 0 },
  ...changes,
});

/** A day of a minute at its end: the bare side failed in three ways, the wrapped one in none. */
export function scene(): Snapshot {
  const phases = dayPhases(60_000);
  const [bare, wrapped] = [new Tally(60_000), new Tally(60_000)];
  const reasons = ['401', '429', 'cut unnoticed', '503'];
  for (let second = 0; second < 60; second++) {
    const phase = phases.findIndex(({ untilMs }) => second * 1000 < untilMs);
    const common = { phase, endedAtMs: second * 1000 };
    bare.add(record({ ...common, ...(phase % 4 !== 0 && { failure: reasons[second % 4]! }) }));
    wrapped.add(record({ ...common, model: phase === 3 ? 'gpt-5-mini' : 'gpt-5' }));
  }
  const side = (name: string, title: string, tally: Tally, openCircuits?: string[]): Snapshot['sides'][number] => ({
    name,
    title,
    totals: tally.totals(),
    byPhase: phases.map((_, phase) => tally.totals(phase)),
    timeline: tally.timeline(),
    openCircuits,
  });
  return {
    elapsedMs: 60_000,
    durationMs: 60_000,
    phases,
    phase: 4,
    sides: [side('bare', 'bare openai client', bare), side('wrapped', 'wrapped in holdfast', wrapped, ['gpt-5'])],
  };
}
