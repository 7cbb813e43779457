export { attributes, type AttributeRow } from './spans/attributes.ts';
export type { Semconv, TelemetryOptions } from './options.ts';
export { telemetry } from './telemetry.ts';
