import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { scope } from './scope.ts';

/**
 * Gives the tracer of a provider, and finds another one when another provider is registered. Asked for once and for all
 * it would be that of the API copy that was there first: a CommonJS application has another one.
 */
export function tracersOf(given: Tracer | undefined, provider: TracerProvider = trace): () => Tracer {
  if (given !== undefined) return () => given;
  let source: TracerProvider | undefined;
  let found: Tracer | undefined;
  return () => {
    const now = provider === trace ? trace.getTracerProvider() : provider;
    if (found === undefined || now !== source) {
      source = now;
      found = now.getTracer(scope.name, scope.version);
    }
    return found;
  };
}
