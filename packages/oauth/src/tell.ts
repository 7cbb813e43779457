/** Where trouble is reported that must not break anything. */
export type Warn = (message: string, cause?: unknown) => void;

/** Calls a callback of the user's. One that throws or rejects is reported and breaks nothing. */
export function tell<E>(warn: Warn, name: string, callback: ((event: E) => unknown) | undefined, event: E): void {
  if (callback === undefined) return;
  const report = (error: unknown): void => warn(`holdfast oauth: ${name} threw`, error);
  try {
    const result = callback(event);
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}
