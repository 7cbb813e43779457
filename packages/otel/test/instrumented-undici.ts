import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';

/** Instruments undici and the global `fetch`, as services that have the auto-instrumentations do. */
export function instrumentUndici(): Disposable {
  const instrumentation = new UndiciInstrumentation();
  instrumentation.enable();
  return { [Symbol.dispose]: () => instrumentation.disable() };
}
