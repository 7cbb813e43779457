import { filledIn, type Dashboard, type Target } from '../dashboard.ts';
import type { Prometheus, Series } from '../prometheus.ts';
import { escaped } from './escape.ts';
import { drawPanel, type NamedSeries, type Span } from './panel.ts';

/** Grafana's grid has 24 columns; its rows are this high, in pixels. */
const column = 50;
const row = 34;
const margin = 8;
const head = 44;

/** A dashboard as Grafana lays it out, from the answers to its queries, as SVG. */
export async function drawDashboard(dashboard: Dashboard, prometheus: Prometheus, span: Span): Promise<string> {
  const step = Math.max(1, Math.round((span.end - span.start) / 200));
  const parts: string[] = [];
  let bottom = 0;
  for (const panel of dashboard.panels) {
    const series: NamedSeries[] = [];
    for (const target of panel.targets) {
      const answers = await prometheus.range(filledIn(target.expr, '10s'), { ...span, step });
      series.push(...answers.map((answer) => ({ ...answer, name: nameOf(target, answer) })));
    }
    const { x, y, w, h } = panel.gridPos;
    const box = { x: x * column + margin, y: head + y * row, width: w * column - margin, height: h * row - margin };
    bottom = Math.max(bottom, box.y + box.height);
    parts.push(drawPanel(panel, series, { box, span }));
  }
  const [width, height] = [24 * column + margin, bottom + margin];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Inter, Helvetica, Arial, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#111217"/>`,
    `<text x="16" y="29" fill="#d8d9da" font-size="18">${escaped(dashboard.title)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** The legend of a query, with the labels of a series in it. */
function nameOf({ legendFormat = '' }: Target, { metric }: Series): string {
  return legendFormat.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_all, label: string) => metric[label] ?? '');
}
