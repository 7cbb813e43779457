export { attributes, type AttributeRow } from './spans/attributes.ts';
export { metricAttributes, type MetricAttribute, type MetricAttributeRow } from './metrics/attribute-keys.ts';
export { metricCatalogue } from './metrics/catalogue.ts';
export type { MetricRow } from './metrics/metric-row.ts';
export type { ContentPlace } from './content/capture.ts';
export type { CaptureContent } from './content/telling.ts';
export type { Semconv, TelemetryOptions } from './options.ts';
export { telemetry } from './telemetry.ts';
