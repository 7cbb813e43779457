/** What an SDK exported, of whichever version; nothing where there is none. */
export function plain(told) {
  return told && { spans: told.spans.map(plainSpan), metrics: plainMetrics(told.metrics) };
}

const plainSpan = (span) => ({
  name: span.name,
  scope: span.instrumentationScope.name,
  status: span.status,
  attributes: span.attributes,
  id: span.spanContext().spanId,
  parent: span.parentSpanContext?.spanId,
});

/** By name: the attributes and the value of each series. */
function plainMetrics(collections) {
  const all = collections.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  const series = ({ dataPoints }) => dataPoints.map(({ attributes, value }) => ({ attributes, value }));
  return Object.fromEntries(all.map((metric) => [metric.descriptor.name, series(metric)]));
}
