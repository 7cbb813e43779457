import { guardTimer, untilAborted, type Clock } from '@holdfast/core';
import { classOf } from '../value/error-class.ts';

/** How long somebody may take. */
export interface Bounds {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the wait as well. */
  readonly signal?: AbortSignal | undefined;
}

/** The time for an answer has passed. */
export class LateError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'TimeoutError';
  }
}

/**
 * Runs something that may not end. The signal that it gets aborts when nobody waits any longer.
 *
 * @throws LateError after `timeoutMs`; the reason of `signal` when that aborted; whatever `run` throws.
 */
export async function within<T>(bounds: Bounds, run: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const { clock, timeoutMs, signal } = bounds;
  const controller = new AbortController();
  let expire!: (error: LateError) => void;
  const late = new Promise<never>((_, reject) => (expire = reject));
  const timer = clock.setTimer(() => expire(new LateError(timeoutMs)), timeoutMs, guardTimer);
  try {
    return await untilAborted(Promise.race([run(controller.signal), late]), signal);
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    timer.cancel();
  }
}

/** What went wrong, in words that hold no secret: what others throw may quote one. */
export function wordsOf(error: unknown): string {
  if (error instanceof LateError) return error.message;
  return `it failed${classOf(error)}`;
}
