/** One figure. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands behind the bar. @defaultValue the value */
  readonly text?: string;
}

/** Figures to be compared, group by group. */
export interface Chart {
  readonly title: string;
  /** What is measured, and whether more or less of it is better. */
  readonly subtitle: string;
  readonly groups: readonly { readonly name: string; readonly bars: readonly Bar[] }[];
}

const layout = { width: 860, labelWidth: 270, textWidth: 150, rowHeight: 22, groupGap: 34, top: 64 } as const;
/** Ours stand out; everything else is grey. */
const colours = { ours: '#0f766e', others: '#9ca3af' } as const;

/** Groups of horizontal bars, each group on a scale of its own, as a picture that stands alone. */
export function barChart({ title, subtitle, groups }: Chart): string {
  const rows: string[] = [];
  let y = layout.top;
  for (const { name, bars } of groups) {
    rows.push(text(16, y + 4, name, 'font-weight="600"'));
    y += 12;
    const largest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
    for (const bar of bars) {
      rows.push(row(bar, y, largest));
      y += layout.rowHeight;
    }
    y += layout.groupGap - 12;
  }
  const { width } = layout;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13" fill="#111827">
<rect width="100%" height="100%" fill="#ffffff"/>
${text(16, 26, title, 'font-size="17" font-weight="600"')}
${text(16, 44, subtitle, 'fill="#4b5563"')}
${rows.join('\n')}
</svg>
`;
}

function row({ label, value, text: said }: Bar, y: number, largest: number): string {
  const { width, labelWidth, textWidth, rowHeight } = layout;
  const length = Math.max(1, ((width - labelWidth - textWidth) * value) / largest);
  const colour = /holdfast|everything|transport/i.test(label) ? colours.ours : colours.others;
  const middle = y + rowHeight / 2 + 4;
  return [
    text(labelWidth - 10, middle, label, 'text-anchor="end"'),
    `<rect x="${labelWidth}" y="${y + 3}" width="${length.toFixed(1)}" height="${rowHeight - 6}" rx="2" fill="${colour}"/>`,
    text(labelWidth + length + 8, middle, said ?? String(value), 'fill="#4b5563"'),
  ].join('\n');
}

const text = (x: number, y: number, said: string, style = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y}" ${style}>${escaped(said)}</text>`;

const escaped = (said: string): string =>
  said.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
