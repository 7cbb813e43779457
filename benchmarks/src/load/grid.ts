import { execFileSync } from 'node:child_process';
import type { Kind } from './calls.ts';

/** A steady rate, as a share of what the bare client managed in the closed loop of the same cell. */
export interface OpenCell {
  readonly latencyMs: number;
  readonly share: number;
}

/** What one set of fresh processes goes through. */
export interface Block {
  readonly kind: Kind;
  readonly concurrency: number;
  readonly latenciesMs: readonly number[];
  readonly rounds: number;
  readonly open: readonly OpenCell[];
}

const all = [0, 50, 500];
const ends = [0, 500];

/**
 * By default about five minutes, more where others are at work: streams and ten thousand calls in flight take the ends of the grid. `FULL=1` is every cell,
 * `QUICK=1` only shows that it runs. `ROUNDS` changes how often a cell is visited.
 */
export function blocks(): readonly Block[] {
  const rounds = (standard: number): number => Number(process.env['ROUNDS'] ?? standard);
  const steady: readonly OpenCell[] = all.map((latencyMs) => ({ latencyMs, share: 0.7 }));
  const overload: OpenCell = { latencyMs: 0, share: 1.6 };
  if (process.env['QUICK'] === '1')
    return (['call', 'stream'] as const).map((kind) => ({
      kind,
      concurrency: 64,
      latenciesMs: [0],
      rounds: 2,
      open: [{ latencyMs: 0, share: 0.7 }],
    }));
  if (process.env['FULL'] === '1')
    return (['call', 'stream'] as const).flatMap((kind) =>
      [1, 64, 1000, 10_000].map((concurrency) => ({
        kind,
        concurrency,
        latenciesMs: all,
        rounds: rounds(concurrency === 10_000 ? 2 : 5),
        open: concurrency === 10_000 ? [] : [...steady, overload],
      })),
    );
  return [
    { kind: 'call', concurrency: 1, latenciesMs: ends, rounds: rounds(2), open: [] },
    { kind: 'call', concurrency: 64, latenciesMs: all, rounds: rounds(3), open: steady.slice(0, 1) },
    { kind: 'call', concurrency: 1000, latenciesMs: all, rounds: rounds(3), open: [...steady.slice(2), overload] },
    { kind: 'call', concurrency: 10_000, latenciesMs: [500], rounds: 1, open: [] },
    { kind: 'stream', concurrency: 1, latenciesMs: ends, rounds: rounds(2), open: [] },
    { kind: 'stream', concurrency: 64, latenciesMs: ends, rounds: rounds(2), open: [] },
    { kind: 'stream', concurrency: 1000, latenciesMs: ends, rounds: rounds(2), open: steady.slice(2) },
    { kind: 'stream', concurrency: 10_000, latenciesMs: [500], rounds: 1, open: [] },
  ];
}

/** Long enough for a call to come back at least twice. */
export const windowMsOf = (latencyMs: number): number => (latencyMs >= 500 ? 1100 : 500);

/** Files, sockets included, that a process may have open; no limit where nobody says. */
export function openFilesAllowed(): number {
  try {
    const said = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
    return said === 'unlimited' ? Number.POSITIVE_INFINITY : Number(said);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
