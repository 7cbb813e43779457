/** Instrumentation scope of spans and metrics: the name and version of this package. */
export const scope = { name: '@holdfast/otel', version: '0.1.0' } as const;
