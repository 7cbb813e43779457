import type { Chart } from '../chart.ts';
import { shapes, type CannedFigures } from './canned.ts';
import { medianOf, valuesOf, type Cell } from './cell.ts';
import { contestants, type ContestantName } from './clients.ts';
import { ratioOf, type Law } from './ratio.ts';

const ours = contestants.slice(1);
const flat = 1.15;

/** What must hold under load, and what was found. */
export function laws(cells: readonly Cell[], canned: CannedFigures): Law[] {
  return [
    ...ours.map((name) => throughput(cells, name)),
    ...cells.filter(isJudgedForTail).flatMap((cell) => ours.map((name) => tail(cell, name))),
    ...ours.flatMap((name) => [64, 1000, 10_000].map((callers) => flatness(cells, name, callers))),
    ...cannedFlatness(canned),
  ];
}

const closed = (cells: readonly Cell[], concurrency: number, latencyMs?: number): Cell | undefined =>
  cells.find(
    (cell) =>
      cell.kind === 'call' &&
      cell.loop === 'closed' &&
      cell.concurrency === concurrency &&
      (latencyMs === undefined || cell.latencyMs === latencyMs),
  );

const compared = (cell: Cell | undefined, name: ContestantName, figure: 'perSecond' | 'p99Ms'): Law['found'] =>
  cell === undefined ? ratioOf([], []) : ratioOf(valuesOf(cell, name, figure), valuesOf(cell, 'bare client', figure));

const throughput = (cells: readonly Cell[], name: ContestantName): Law => ({
  name: `${name}, throughput of 64 callers to bare`,
  found: compared(closed(cells, 64, 0), name, 'perSecond'),
  limit: 1.8,
  atLeast: true,
});

const isJudgedForTail = ({ kind, concurrency }: Cell): boolean => kind === 'call' && concurrency === 1000;

const tail = (cell: Cell, name: ContestantName): Law => ({
  name: `${name}, p99 of 1000 calls to bare (${cell.loop} loop${cell.isBeyond ? ' beyond what bare managed in the closed one' : ''}, ${cell.latencyMs} ms)`,
  found: compared(cell, name, 'p99Ms'),
  limit: 1,
});

/** Whole calls over HTTP. The bare client's own growth stands beside it, for much of it is the system's. */
function flatness(cells: readonly Cell[], name: ContestantName, callers: number): Law {
  const growth = (who: ContestantName): Law['found'] => {
    const one = closed(cells, 1, 0);
    const many = closed(cells, callers, 0) ?? closed(cells, callers);
    if (one === undefined || many === undefined) return ratioOf([], []);
    const own = valuesOf(many, who, 'cpuUsPerCall');
    return ratioOf(
      own,
      own.map(() => medianOf(one, who, 'cpuUsPerCall')),
    );
  };
  const bare = growth('bare client').median;
  return {
    name: `${name}, CPU per call with ${callers} in flight to 1 (bare: ${bare.toFixed(2)})`,
    found: growth(name),
    limit: flat,
  };
}

/** From memory the client's own growth can be told from ours, round by round. */
function cannedFlatness(canned: CannedFigures): Law[] {
  const ownRows = canned.get('everything') ?? [];
  const bareRows = canned.get('bare client') ?? [];
  const beside = ownRows.map((row, shape) =>
    row.map((value, round) => value / (bareRows[shape]?.[round] ?? Number.NaN)),
  );
  return shapes.slice(1).flatMap(({ inFlight, circuits }, index) => {
    const what = `CPU per call with ${circuits === 1 ? `${inFlight} in flight` : `${circuits} circuits`} to 1`;
    const growth = (rows: readonly (readonly number[])[]): Law['found'] =>
      ratioOf(rows[index + 1] ?? [], rows[0] ?? []);
    return [
      {
        name: `everything from memory, ${what} (bare: ${growth(bareRows).median.toFixed(2)})`,
        found: growth(ownRows),
        limit: flat,
      },
      { name: `everything from memory beside bare, ${what}`, found: growth(beside), limit: flat },
    ];
  });
}

/** Throughput and the slowest in a hundred, in the closed loop. */
export function loadChart(cells: readonly Cell[]): Chart {
  const shown = cells.filter(
    ({ loop, latencyMs, concurrency }) => loop === 'closed' && concurrency > 1 && latencyMs !== 50,
  );
  return {
    title: 'Under load',
    subtitle: 'Calls and streams per second, closed loop; more is better. Behind the bar: the slowest in a hundred.',
    groups: shown.map((cell) => ({
      name: `${cell.concurrency} ${cell.kind}s at once, far end thinks ${cell.latencyMs} ms`,
      bars: contestants.map((name) => {
        const value = medianOf(cell, name, 'perSecond');
        return {
          label: name,
          value,
          text: `${value.toFixed(0)}/s, p99 ${medianOf(cell, name, 'p99Ms').toFixed(0)} ms`,
        };
      }),
    })),
  };
}
