import type { ContestantName } from './clients.ts';
import { windowMsOf, type Block } from './grid.ts';
import { startPairs, type Pair, type Shown } from './pair.ts';
import { quantile } from '../paired.ts';

/** What everybody showed in one cell of the grid, round by round. */
export interface Cell {
  readonly kind: Block['kind'];
  readonly concurrency: number;
  readonly latencyMs: number;
  readonly loop: 'closed' | 'open';
  /** Calls per second that became due; in the closed loop nothing does. */
  readonly perSecond?: number;
  /** More than the bare client managed in the closed loop. */
  readonly isBeyond: boolean;
  readonly shown: Readonly<Record<ContestantName, readonly Shown[]>>;
}

/** Goes through a block with fresh processes: contestants take turns within each round. */
export async function runBlock(block: Block): Promise<Cell[]> {
  const { kind, concurrency, latenciesMs, rounds, open } = block;
  const pairs = await startPairs(kind, concurrency);
  try {
    const cells: Cell[] = [];
    const visit = async (latencyMs: number, perSecond?: number): Promise<Cell['shown']> => {
      const shown: Record<ContestantName, Shown[]> = { 'bare client': [], 'client + transport': [], everything: [] };
      for (let round = 0; round < rounds; round++)
        for (const pair of inTurn(pairs, round)) {
          // To wait for ten thousand calls that nobody looks at would take longer than to measure them.
          const isLast = rounds === 1 && open.length === 0 && latencyMs === latenciesMs.at(-1);
          const turn = { kind, latencyMs, concurrency, windowMs: windowMsOf(latencyMs) };
          const extras = { ...(perSecond !== undefined && { perSecond }), ...(isLast && { isLast }) };
          shown[pair.name].push(await pair.take({ ...turn, ...extras }));
          if (isLast) pair[Symbol.dispose]();
        }
      return shown;
    };
    const common = { kind, concurrency };
    for (const latencyMs of latenciesMs)
      cells.push({ ...common, latencyMs, loop: 'closed', isBeyond: false, shown: await visit(latencyMs) });
    for (const { latencyMs, share } of open) {
      const closed = cells.find((cell) => cell.loop === 'closed' && cell.latencyMs === latencyMs);
      if (closed === undefined) continue;
      const perSecond = share * medianOf(closed, 'bare client', 'perSecond');
      const shown = await visit(latencyMs, perSecond);
      cells.push({ ...common, latencyMs, loop: 'open', perSecond, isBeyond: share > 1, shown });
    }
    return cells;
  } finally {
    for (const pair of pairs) pair[Symbol.dispose]();
  }
}

/** Everybody goes first equally often. */
const inTurn = (pairs: readonly Pair[], round: number): Pair[] =>
  pairs.map((_, index) => pairs[(index + round) % pairs.length] as Pair);

/** One figure, over all rounds. */
export const valuesOf = (cell: Cell, name: ContestantName, figure: keyof Shown): number[] =>
  cell.shown[name].map((shown) => shown[figure]);

/** Rounds that have no figure are left out; without any it is not a number. */
export function medianOf(cell: Cell, name: ContestantName, figure: keyof Shown): number {
  const values = valuesOf(cell, name, figure).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? Number.NaN : quantile(values, 0.5);
}
