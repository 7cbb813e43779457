import type { Context } from './call.ts';

/**
 * Calls a callback of the user's. One that throws (or rejects) is reported and breaks nothing.
 *
 * @param name - full name of the option, e.g. `retry.onRetry`.
 */
export function notify<E>(
  context: Context,
  name: string,
  callback: ((event: E) => unknown) | undefined,
  event: E,
): void {
  if (callback === undefined) return;
  const report = (error: unknown): void => context.warn(`holdfast ${context.service}: ${name} threw`, error);
  try {
    const result = callback(event);
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}
