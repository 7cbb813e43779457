export { attributes, type AttributeRow } from './attributes.ts';
export type { Semconv, TelemetryOptions } from './options.ts';
export { telemetry } from './telemetry.ts';
