import { guardTimer, type Clock } from './clock.ts';
import { LightAbort } from './light-abort.ts';
import { DeadlineExceededError } from './refusal.ts';

/** A signal that ends with the caller's or with the deadline, whichever comes first. */
export interface DeadlineSignal {
  readonly signal: AbortSignal;
  /** Lets go of timer and listener. */
  release(): void;
}

/** The client's own timer and ours start a moment apart; within this they are the same. */
const toleranceMs = 20;

/** Whether an abort now is the deadline's doing: clients abort with a plain `AbortError` on timeout. */
export function isPast(deadline: number | undefined, clock: Clock): boolean {
  return deadline !== undefined && clock.monotonic() >= deadline - toleranceMs;
}

/** Aborts with a {@link DeadlineExceededError} after `deadlineMs`, or when `parent` does. */
export function deadlineSignal(clock: Clock, deadlineMs: number, parent: AbortSignal | undefined): DeadlineSignal {
  const controller = new LightAbort();
  const timer = clock.setTimer(
    () => controller.abort(new DeadlineExceededError(`The deadline of ${deadlineMs} ms has passed (timed out).`)),
    deadlineMs,
    guardTimer,
  );
  const onAbort = (): void => controller.abort(parent?.reason);
  if (parent?.aborted === true) onAbort();
  else parent?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    release() {
      timer.cancel();
      parent?.removeEventListener('abort', onAbort);
    },
  };
}
