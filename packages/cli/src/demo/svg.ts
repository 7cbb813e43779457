import type { Phase } from './day.ts';
import type { SideSnapshot, Snapshot } from './snapshot.ts';
import type { Slot } from './tally.ts';
import { counts, dollars, milliseconds, share } from './words.ts';

/** The card brings its own background, so that it reads on light pages and on dark ones. */
const colors = {
  back: '#0d1117',
  edge: '#3d444d',
  band: '#161b22',
  text: '#e6edf3',
  quiet: '#9198a1',
  answered: '#3fb950',
  failed: '#f85149',
} as const;

const width = 920;
const margin = 28;
const sideTop = 104;
const sideHeight = 182;
const chartHeight = 92;

interface TextStyle {
  readonly size?: number;
  readonly fill?: string;
  readonly weight?: 400 | 600;
  readonly anchor?: 'start' | 'end';
}

/** A picture of how the day ended: for each side its timeline and totals, drawn from what was counted. */
export function closingSvg(snapshot: Snapshot): string {
  const { phases, sides, durationMs } = snapshot;
  const height = sideTop + sides.length * sideHeight + 44;
  const most = Math.max(
    1,
    ...sides.flatMap(({ timeline }) => timeline.map(({ answered, failed }) => answered + failed)),
  );
  const isLive = phases.length === 1;
  const title = isLive ? 'Live' : 'A bad day in a minute';
  const where = isLive ? 'on the real API' : 'on a fake upstream, same load and faults';
  const footY = height - 22;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace">`,
    `<title>${escaped(`${title}: ${sides.map((side) => `${side.title} ${share(side.totals)} answered`).join(', ')}`)}</title>`,
    `<rect x="1" y="1" width="${width - 2}" height="${height - 2}" rx="12" fill="${colors.back}" stroke="${colors.edge}"/>`,
    text(margin, 40, title, { size: 19, weight: 600 }),
    text(width - margin, 40, `counted in ${Math.round(durationMs / 1000)} s ${where}`, {
      fill: colors.quiet,
      anchor: 'end',
    }),
    bands(phases, durationMs, footY - 30),
    ...sides.map((side, index) => sideGroup(side, sideTop + index * sideHeight, most)),
    legend(footY),
    '</svg>',
    '',
  ].join('\n');
}

/** The phases as bands behind everything, so that both charts are read against the same ruler. */
function bands(phases: readonly Phase[], durationMs: number, bottom: number): string {
  const top = 58;
  return phases
    .map(({ name, fromMs, untilMs }, index) => {
      const [x, end] = [xAt(fromMs / durationMs), xAt(untilMs / durationMs)];
      const fill = index % 2 === 0 ? colors.back : colors.band;
      const band = `<rect x="${x}" y="${top}" width="${round(end - x)}" height="${bottom - top}" fill="${fill}"/>`;
      return band + text(x + 8, top + 22, name, { fill: colors.quiet });
    })
    .join('\n');
}

function sideGroup({ title, totals, timeline }: SideSnapshot, top: number, most: number): string {
  const line = top + 18;
  const base = top + 30 + chartHeight;
  const score = `${share(totals)} answered`;
  const details = `${totals.failed} failed  ·  p50 ${milliseconds(totals.p50Ms)}, p95 ${milliseconds(totals.p95Ms)}  ·  ${counts(totals.models)}  ·  ${dollars(totals.costUsd)} (est.)`;
  return [
    text(margin + 8, line, title, { size: 16, weight: 600 }),
    text(width - margin - 8, line, score, { size: 16, weight: 600, fill: colors.answered, anchor: 'end' }),
    ...timeline.map((slot, index) =>
      bar(slot, { from: index / timeline.length, share: 1 / timeline.length, base, most }),
    ),
    `<path d="M${margin} ${base + 0.5}H${width - margin}" stroke="${colors.edge}"/>`,
    text(margin + 8, base + 22, details, { fill: colors.quiet }),
  ].join('\n');
}

/** One slice of time: what was answered, with what failed on top. */
function bar(slot: Slot, place: { from: number; share: number; base: number; most: number }): string {
  const { from, share: part, base, most } = place;
  const x = round(xAt(from) + 1.5);
  const barWidth = round((width - 2 * margin) * part - 3);
  const answered = round((slot.answered / most) * chartHeight);
  const failed = round((slot.failed / most) * chartHeight);
  return (
    rect(x, round(base - answered), barWidth, answered, colors.answered) +
    rect(x, round(base - answered - failed), barWidth, failed, colors.failed)
  );
}

function rect(x: number, y: number, barWidth: number, height: number, fill: string): string {
  return height === 0 ? '' : `<rect x="${x}" y="${y}" width="${barWidth}" height="${height}" fill="${fill}"/>`;
}

const legend = (y: number): string =>
  [
    rect(margin + 8, y - 10, 11, 11, colors.answered),
    text(margin + 26, y, 'whole answers', { fill: colors.quiet }),
    rect(margin + 146, y - 10, 11, 11, colors.failed),
    text(margin + 164, y, 'failed calls, cut streams included', { fill: colors.quiet }),
    text(width - margin - 8, y, 'npm start', { fill: colors.text, anchor: 'end' }),
  ].join('\n');

function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 13, fill = colors.text, weight = 400, anchor = 'start' } = style;
  return `<text x="${round(x)}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}" xml:space="preserve">${escaped(content)}</text>`;
}

const xAt = (part: number): number => round(margin + part * (width - 2 * margin));

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
