import { diagnosticChannels } from '../src/index.ts';

/** The channels as a table in Markdown, with columns as wide as the formatter makes them. */
export function channelTable(): string {
  const rows = Object.entries(diagnosticChannels).map(([type, { name, when }]) => [`\`${name}\``, when, `\`${type}\``]);
  const cells = [['channel', 'when', '`type`'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
