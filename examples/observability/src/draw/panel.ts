import type { Panel } from '../dashboard.ts';
import type { Series } from '../prometheus.ts';
import { escaped, fitted } from './escape.ts';
import { valueText } from './value-text.ts';

/** A series with the name that its legend gives it. */
export interface NamedSeries extends Series {
  readonly name: string;
}

/** Where a panel is drawn, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** When the drawn time begins and ends, in seconds since the Unix epoch. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const colors = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#37872d', '#8ab8ff', '#e0b400'];
const colorOf = (index: number): string => colors[index % colors.length]!;
/** By the number that the query gives a state. */
const states = [
  { name: 'closed', fill: '#37872d' },
  { name: 'half-open', fill: '#e0b400' },
  { name: 'open', fill: '#c4162a' },
  { name: 'opened by hand', fill: '#8f3bb8' },
] as const;

/** One panel as SVG. */
export function drawPanel(
  panel: Panel,
  series: readonly NamedSeries[],
  { box, span }: { box: Box; span: Span },
): string {
  const { x, y, width, height } = box;
  const inner: Box = { x: x + 52, y: y + 34, width: width - 66, height: height - 72 };
  const unit = panel.fieldConfig.defaults.unit;
  const drawn = {
    timeseries: () => lines(series, { box: inner, span, unit }),
    'state-timeline': () => timeline(series, { box: inner, span }),
    stat: () => stat(series, { box, unit }),
    bargauge: () => bars(series, { box: inner, unit }),
  }[panel.type]();
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3" fill="#181b1f" stroke="#2c3235"/>`,
    text(panel.title, { x: x + 10, y: y + 20, fill: '#d8d9da', size: 13 }),
    drawn,
  ].join('\n');
}

interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly fill?: string;
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

const text = (words: string, { x, y, fill = '#8e9297', size = 11, anchor = 'start' }: TextStyle): string =>
  `<text x="${round(x)}" y="${round(y)}" fill="${fill}" font-size="${size}" text-anchor="${anchor}">${escaped(words)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

function lines(
  series: readonly NamedSeries[],
  { box, span, unit }: { box: Box; span: Span; unit: string | undefined },
): string {
  const numbers = series.flatMap(({ values }) => values.map(([, value]) => Number(value))).filter(Number.isFinite);
  const most = Math.max(...numbers, 0) || 1;
  const across = (seconds: number): number => box.x + ((seconds - span.start) / (span.end - span.start)) * box.width;
  const up = (value: number): number => box.y + box.height * (1 - value / most);
  const grid = [0, 0.5, 1].map((share) => {
    const level = round(up(most * share));
    return `<line x1="${box.x}" y1="${level}" x2="${box.x + box.width}" y2="${level}" stroke="#2c3235"/>${text(valueText(most * share, unit), { x: box.x - 6, y: level + 4, anchor: 'end' })}`;
  });
  const paths = series.map(({ values }, index) => {
    const points = values.filter(([, value]) => Number.isFinite(Number(value)));
    const steps = points.map(
      ([at, value], place) => `${place === 0 ? 'M' : 'L'}${round(across(at))} ${round(up(Number(value)))}`,
    );
    return `<path d="${steps.join(' ')}" fill="none" stroke="${colorOf(index)}" stroke-width="1.5"/>`;
  });
  return [...grid, ...paths, legend(series, box)].join('\n');
}

function legend(series: readonly NamedSeries[], { x, y, width, height }: Box): string {
  const room = width / Math.min(series.length || 1, 4);
  return series
    .slice(0, 8)
    .map(({ name }, index) => {
      const left = x + (index % 4) * room;
      const top = y + height + 16 + Math.floor(index / 4) * 14;
      const mark = `<rect x="${round(left)}" y="${top - 6}" width="10" height="3" fill="${colorOf(index)}"/>`;
      return mark + text(fitted(name, room - 18), { x: left + 14, y: top });
    })
    .join('\n');
}

/** A row for each series, coloured by the state that its value stands for. */
function timeline(series: readonly NamedSeries[], { box, span }: { box: Box; span: Span }): string {
  const rowHeight = Math.min(36, (box.height + 20) / Math.max(series.length, 1));
  const across = (seconds: number): number => box.x + ((seconds - span.start) / (span.end - span.start)) * box.width;
  const rows = series.map(({ name, values }, row) => {
    const top = box.y + row * rowHeight;
    const blocks = values.map(([at, value], index) => {
      const width = across(values[index + 1]?.[0] ?? span.end) - across(at) + 0.5;
      return `<rect x="${round(across(at))}" y="${round(top + 14)}" width="${round(width)}" height="${round(rowHeight - 18)}" fill="${fillOf(value)}"/>`;
    });
    return [text(fitted(name, box.width), { x: box.x, y: top + 10 }), ...blocks].join('\n');
  });
  const keys = states.map(({ name, fill }, index) => {
    const left = box.x + index * 90;
    return `<rect x="${left}" y="${box.y + box.height + 16}" width="10" height="8" fill="${fill}"/>${text(name, { x: left + 14, y: box.y + box.height + 24 })}`;
  });
  return [...rows, ...keys].join('\n');
}

const fillOf = (value: string): string => states[Number(value)]?.fill ?? '#8e9297';

const lastOf = ({ values }: Series): number => Number(values.at(-1)?.[1] ?? Number.NaN);

function stat(series: readonly NamedSeries[], { box, unit }: { box: Box; unit: string | undefined }): string {
  const value = series[0] === undefined ? Number.NaN : lastOf(series[0]);
  const words = Number.isFinite(value) ? valueText(value, unit) : 'no data';
  const style = { x: box.x + box.width / 2, y: box.y + box.height / 2 + 18, fill: '#73bf69', size: 30 };
  return text(words, { ...style, anchor: 'middle' });
}

function bars(series: readonly NamedSeries[], { box, unit }: { box: Box; unit: string | undefined }): string {
  const sorted = [...series].toSorted((one, other) => lastOf(other) - lastOf(one)).slice(0, 8);
  const most = Math.max(...sorted.map(lastOf), 0) || 1;
  const rowHeight = Math.min(34, (box.height + 30) / Math.max(sorted.length, 1));
  return sorted
    .map((one, index) => {
      const top = box.y + index * rowHeight;
      const width = Math.max(1, (lastOf(one) / most) * box.width);
      const label = text(fitted(one.name, box.width - 80), { x: box.x - 42, y: top + 10, fill: '#d8d9da' });
      const value = text(valueText(lastOf(one), unit), { x: box.x + box.width, y: top + 10, anchor: 'end' });
      return `${label}${value}<rect x="${box.x - 42}" y="${round(top + 14)}" width="${round(width + 42)}" height="8" fill="${colorOf(index)}"/>`;
    })
    .join('\n');
}
