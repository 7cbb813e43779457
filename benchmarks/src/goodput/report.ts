import { differenceOf, type Difference } from './difference.ts';
import type { Figures } from './figures.ts';
import type { Standing, TraceStandings } from './tournament.ts';

const head = ['', 'answered', 'failed', 'truncated', 'duplicated', 'requests', 'p50', 'p99', 'USD', 'by gpt-5'];

/** The figures of one trace, a row for each contestant. */
export function traceTable({ trace, says, standings }: TraceStandings): string {
  const rows = standings.map(({ contestant, median }) => [contestant, ...cellsOf(median)]);
  return `\n${trace}: ${says}\n${columns([head, ...rows])}`;
}

function cellsOf(figures: Figures): string[] {
  const { answeredPercent, failedPercent, truncatedPercent, duplicatedPercent } = figures;
  return [
    ...[answeredPercent, failedPercent, truncatedPercent, duplicatedPercent].map(percent),
    finite(figures.requestsPerAnswer, (value) => value.toFixed(2)),
    finite(figures.p50Ms, milliseconds),
    finite(figures.p99Ms, milliseconds),
    finite(figures.usdPer1000, (value) => value.toFixed(3)),
    finite(figures.askedModelPercent, (value) => `${value.toFixed(0)} %`),
  ];
}

/** Four comparisons of the last contestant with the others. */
const comparisons = [
  { figure: 'answeredPercent', title: 'answered, points', format: (value: number) => signed(value, 1) },
  { figure: 'requestsPerAnswer', title: 'requests per answer', format: (value: number) => signed(value, 2) },
  { figure: 'p99Ms', title: 'p99, ms', format: (value: number) => signed(value, 0) },
  { figure: 'usdPer1000', title: 'USD per 1000 answers', format: (value: number) => signed(value, 3) },
] as const;

/** One row of a comparison: what ours has more than each of the others in one trace. */
export interface Compared {
  readonly figure: string;
  readonly trace: string;
  readonly against: Readonly<Record<string, Difference>>;
}

/** What ours has more than each of the others; `noiseMs` is what the machine adds to latencies. */
export function compare(all: readonly TraceStandings[], noiseMs: number): Compared[] {
  return comparisons.flatMap(({ figure }) =>
    all.map(({ trace, standings }): Compared => {
      const own = standings.at(-1) as Standing;
      const values = ({ rounds }: Standing): number[] => rounds.map((round) => round[figure]);
      const against = standings
        .slice(0, -1)
        .map((other) => [other.contestant, differenceOf(values(own), values(other), figure === 'p99Ms' ? noiseMs : 0)]);
      return { figure, trace, against: Object.fromEntries(against) as Record<string, Difference> };
    }),
  );
}

/** The comparisons as tables, a row for each trace and a column for each of the others. */
export function comparisonTables(compared: readonly Compared[]): string {
  return comparisons
    .map(({ figure, title, format }) => {
      const rows = compared.filter((row) => row.figure === figure);
      const names = Object.keys(rows[0]?.against ?? {});
      const cells = rows.map(({ trace, against }) => [trace, ...names.map((name) => cellOf(against[name], format))]);
      return `\nholdfast against the others: ${title}\n${columns([['', ...names], ...cells])}`;
    })
    .join('\n');
}

function cellOf(difference: Difference | undefined, format: (value: number) => string): string {
  if (difference === undefined || difference === 'unknown') return '—';
  if (typeof difference === 'string') return difference;
  const said = format(difference);
  // What vanishes in rounding is no difference to anybody.
  return Number(said) === 0 ? 'same' : said;
}

const percent = (value: number): string => (value === 0 ? '·' : `${value.toFixed(1)} %`);
const milliseconds = (value: number): string => `${value.toFixed(0)} ms`;
const signed = (value: number, digits: number): string => `${value > 0 ? '+' : ''}${value.toFixed(digits)}`;
const finite = (value: number, format: (value: number) => string): string =>
  Number.isFinite(value) ? format(value) : '—';

/** Rows as columns: the first to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const padded = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}
