import { fit, row, widthsFor, type CellPaint } from './columns.ts';
import { paints, type Paint } from './paint.ts';
import type { SideSnapshot, Snapshot } from './snapshot.ts';
import { marks, phaseRuler, timelineBar } from './timeline.ts';
import { counts, dollars, milliseconds, none, share, time } from './words.ts';

/** The terminal that a frame is for. */
export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

/** Wide enough for `answered by`. */
const labelWidth = 13;

/** A longer timeline would only repeat itself. */
const mostTimeline = 120;

/** What the live view shows at one moment, as lines that fit. */
export function liveFrame(snapshot: Snapshot, size: FrameSize): string[] {
  const { rows, color } = size;
  // The last column stays empty: a full line would wrap in some terminals.
  const columns = size.columns - 1;
  const paint = paints(color);
  const lines = [...head(snapshot, columns, paint), '', ...table(snapshot.sides, columns, paint)];
  lines.push('', ...timelines(snapshot, columns, paint));
  const legend = `${marks.good} answered  ${marks.mixed} some failed  ${marks.bad} most failed   Ctrl-C ends`;
  lines.push('', paint.dim(fit(legend, columns).trimEnd()));
  // Where rows are few, the blank lines go first, then the end.
  return (lines.length < rows ? lines : lines.filter((line) => line !== '')).slice(0, Math.max(1, rows - 1));
}

function head({ elapsedMs, durationMs, phases, phase }: Snapshot, columns: number, paint: Paint): string[] {
  const clock = `${time(elapsedMs)} / ${time(durationMs)}`;
  const title = fit('holdfast demo · a bad day', columns - clock.length);
  const now = phases[phase];
  if (now === undefined) return [];
  const says = fit(now.says, columns - now.name.length - 2).trimEnd();
  return [paint.bold(title) + clock, `${paint.bold(now.name)}  ${says}`];
}

function table(sides: Snapshot['sides'], columns: number, paint: Paint): string[] {
  const widths = widthsFor(columns, labelWidth);
  const line = (label: string, cell: (side: SideSnapshot) => string, painted?: CellPaint): string[] =>
    row(widths, [label, cell(sides[0]), cell(sides[1])], painted);
  const failedPaint: CellPaint = (text, column) => (sides[column].totals.failed > 0 ? paint.red(text) : text);
  return [
    ...line(
      '',
      ({ title }) => title,
      (text) => paint.bold(text),
    ),
    ...line(
      'answered',
      ({ totals }) => `${totals.answered}  ${share(totals)}`,
      (text) => paint.green(text),
    ),
    ...line('failed', ({ totals }) => String(totals.failed), failedPaint),
    ...line('  because', ({ totals }) => counts(totals.failures)),
    ...line('latency p50', ({ totals }) => milliseconds(totals.p50Ms)),
    ...line('latency p95', ({ totals }) => milliseconds(totals.p95Ms)),
    ...line('open circuit', circuitsOf, (text) => (text.startsWith('gpt') ? paint.yellow(text) : text)),
    ...line('answered by', ({ totals }) => counts(totals.models)),
    ...line('cost (est.)', ({ totals }) => dollars(totals.costUsd)),
  ];
}

const circuitsOf = ({ openCircuits }: SideSnapshot): string =>
  openCircuits === undefined ? 'has no circuits' : openCircuits.join(', ') || none;

function timelines({ sides, phases }: Snapshot, columns: number, paint: Paint): string[] {
  const label = 9;
  const width = Math.min(mostTimeline, columns - label);
  return [
    ...sides.map(({ name, timeline }) => fit(name, label) + timelineBar(timeline, width, paint)),
    ' '.repeat(label) + paint.dim(phaseRuler(phases, width).trimEnd()),
  ];
}
