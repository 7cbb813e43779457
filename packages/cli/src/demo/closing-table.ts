import { fit, row, widthsFor } from './columns.ts';
import { paints } from './paint.ts';
import type { SideSnapshot, Snapshot } from './snapshot.ts';
import type { Totals } from './tally.ts';
import { counts, dollars, milliseconds, none, share } from './words.ts';

/** Wide enough for `answered by`. */
const labelWidth = 11;

/** The totals of both sides, by phase and in all, as lines that fit. */
export function closingTable(
  snapshot: Snapshot,
  size: { readonly columns: number; readonly color: boolean },
): string[] {
  const { phases, sides, phase: reached } = snapshot;
  const [bare, wrapped] = sides;
  const widths = widthsFor(size.columns - 1, labelWidth);
  const paint = paints(size.color);
  const both = (label: string, cell: (side: SideSnapshot) => string): string[] =>
    row(widths, [label, cell(bare), cell(wrapped)]);
  const rule = '─'.repeat(widths.label + 2 * (widths.column + 2));
  const bold = (lines: readonly string[]): string[] => lines.map((line) => paint.bold(line));
  return [
    ...bold(both('', ({ title }) => title)),
    ...both('phase', () => numbers(['answered', 'failed', 'p95 ms'])),
    rule,
    ...phases
      .slice(0, reached + 1)
      .flatMap(({ name }, phase) => both(name, ({ byPhase }) => ofTotals(byPhase[phase]!))),
    rule,
    ...bold(both('the day', ({ totals }) => ofTotals(totals))),
    ...bold(both('answered', ({ totals }) => share(totals))),
    ...both('latency', ({ totals }) => `p50 ${milliseconds(totals.p50Ms)}, p95 ${milliseconds(totals.p95Ms)}`),
    ...both('failed with', ({ totals }) => counts(totals.failures)),
    ...both('answered by', ({ totals }) => counts(totals.models)),
    ...both('cost (est.)', ({ totals }) => dollars(totals.costUsd)),
    '',
    ...footnotes(sides, size.columns - 1).map((line) => paint.dim(line)),
  ];
}

const ofTotals = ({ answered, failed, p95Ms }: Totals): string =>
  numbers([String(answered), String(failed), p95Ms === undefined ? none : String(Math.round(p95Ms))]);

const numbers = ([first, second, third]: readonly [string, string, string]): string =>
  `${first.padStart(8)}${second.padStart(7)}${third.padStart(7)}`;

function footnotes([bare]: Snapshot['sides'], columns: number): string[] {
  const notes = ['Latency: of answers, to the last byte. Cost: of answers, at list price.'];
  if (bare.totals.failures.some(([name]) => name.startsWith('cut')))
    notes.push('Cut unnoticed: the stream ended like a whole answer, without one.');
  return notes.map((note) => fit(note, columns).trimEnd());
}
