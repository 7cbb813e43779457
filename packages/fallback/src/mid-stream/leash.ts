import { LightAbort } from '@holdfast/core';

/** A signal that ends with another, or when somebody pulls. */
export interface Leash {
  readonly signal: AbortSignal;
  pull(reason?: unknown): void;
  /** Lets go of the other signal. */
  release(): void;
}

/** For what is asked for while a caller reads: it ends when the call does, and when the caller stops reading. */
export function leash(parent: AbortSignal | undefined): Leash {
  const controller = new LightAbort();
  const onAbort = (): void => controller.abort(parent?.reason);
  if (parent?.aborted === true) onAbort();
  else parent?.addEventListener('abort', onAbort, { once: true });
  const release = (): void => parent?.removeEventListener('abort', onAbort);
  return {
    signal: controller.signal,
    pull(reason) {
      release();
      controller.abort(reason);
    },
    release,
  };
}
