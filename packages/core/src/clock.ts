/** A pending timer of a {@link Clock}. */
export interface Timer {
  /** Stops the timer. Does nothing once it has fired or been cancelled. */
  cancel(): void;
}

/** What a timer is for. */
export interface TimerOptions {
  /**
   * It is there in case nothing else happens, such as a deadline. Makes no difference to a clock that runs by itself;
   * one that is turned by hand lets everything else happen first.
   * @defaultValue false
   */
  readonly isGuard?: boolean;
}

/**
 * Where every layer takes its time from, so that tests can turn it by hand.
 * All values are milliseconds.
 */
export interface Clock {
  /** Wall-clock time since the Unix epoch, for dates that leave the process. */
  now(): number;
  /** Time that never jumps, for durations and deadlines. */
  monotonic(): number;
  /** Calls `callback` once, no earlier than `delayMs` from now. */
  setTimer(callback: () => void, delayMs: number, options?: TimerOptions): Timer;
}

/** Options of a {@link Clock.setTimer | timer} that is a guard. */
export const guardTimer: TimerOptions = Object.freeze({ isGuard: true });

/** A source of chance in [0, 1). Injected wherever something is jittered or drawn. */
export type Random = () => number;

/** Longest delay that `setTimeout` keeps; anything longer fires at once. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, delayMs) {
    let handle: ReturnType<typeof setTimeout>;
    const arm = (restMs: number): void => {
      handle =
        restMs > longestTimeoutMs
          ? setTimeout(() => arm(restMs - longestTimeoutMs), longestTimeoutMs)
          : setTimeout(callback, restMs);
    };
    arm(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The chance of the machine. */
export const systemRandom: Random = () => Math.random();

/**
 * Waits `delayMs` on `clock`. Rejects with `signal.reason` the moment `signal` aborts,
 * and leaves neither timer nor listener behind in either case.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
