import { metricAttributes, metricCatalogue, type MetricRow } from '../src/index.ts';
import { table } from './attribute-table.ts';

/** The metrics and their attributes as two tables in Markdown. */
export function metricTables(): string {
  const rows = Object.values(metricCatalogue).map((row) => [
    `\`${row.name}\`${row.semconv === undefined ? '' : ` (${row.semconv})`}`,
    row.instrument,
    `\`${row.unit}\``,
    attributesOf(row),
    row.when,
    row.source,
  ]);
  const attributes = Object.values(metricAttributes).map(({ name, values }) => [`\`${name}\``, values]);
  return [
    table([['metric', 'instrument', 'unit', 'attributes', 'when', 'value'], ...rows]),
    table([['attribute of metrics', 'values'], ...attributes]),
  ].join('\n\n');
}

const attributesOf = ({ attributes }: MetricRow): string =>
  attributes.map((attribute) => `\`${metricAttributes[attribute].name}\``).join(', ');
