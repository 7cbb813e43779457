import { parser } from '@prometheus-io/lezer-promql';

/** Metrics and labels that a query names. */
export interface Named {
  readonly metrics: readonly string[];
  /** In matchers and groupings. */
  readonly labels: readonly string[];
}

/** @throws Error that says where, for what is no PromQL. */
export function namedIn(query: string): Named {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(query).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`);
      const text = query.slice(from, to);
      if (type.name === 'Identifier') metrics.add(text);
      if (type.name === 'LabelName') labels.add(text);
    },
  });
  // Metrics that are chosen by a pattern of their name.
  for (const [, pattern] of query.matchAll(/__name__=~"([^"]+)"/g))
    metrics.add(pattern!.replaceAll(/\([^)]*\)\?/g, ''));
  labels.delete('__name__');
  return { metrics: [...metrics], labels: [...labels] };
}
