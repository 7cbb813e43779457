import { attributes, type AttributeRow } from '../src/index.ts';

/** The attributes as a table in Markdown, with columns as wide as the formatter makes them. */
export function attributeTable(): string {
  const rows: readonly AttributeRow[] = Object.values(attributes);
  const cells = [
    ['attribute', 'span', 'when', 'value'],
    ...rows.map(({ name, span, when, source }) => [`\`${name}\``, span, when, source]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head, ...body] = cells as [string[], ...string[][]];
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
