import { attributes, type AttributeRow } from '../src/index.ts';

/** The attributes as a table in Markdown. */
export function attributeTable(): string {
  const rows: readonly AttributeRow[] = Object.values(attributes);
  return table([
    ['attribute', 'span', 'when', 'value'],
    ...rows.map(({ name, span, when, source }) => [`\`${name}\``, span, when, source]),
  ]);
}

/** A table in Markdown, with columns as wide as the formatter makes them. The first row is its head. */
export function table(cells: readonly (readonly string[])[]): string {
  const [head = [], ...body] = cells;
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
