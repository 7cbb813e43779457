import { createContextKey, type Context } from '@opentelemetry/api';

/**
 * The key by which SDK and instrumentations know that nothing further in is to be traced. Keys are
 * registered symbols, so this is the SDK's own without a dependency on it.
 */
const suppressTracingKey = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** The same context with tracing off: what instruments the transport draws no second span. */
export function suppressed(context: Context): Context {
  return context.setValue(suppressTracingKey, true);
}
