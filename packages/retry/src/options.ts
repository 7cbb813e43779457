import { checkOptions, rules, type Fault } from '@holdfast/core';
import type { IBackoffFactory } from 'cockatiel';

/** What {@link RetryOptions.onRetry} is told. */
export interface RetryEvent {
  readonly callId: string;
  readonly service: string;
  /** The attempt that failed, 1-based. */
  readonly attempt: number;
  readonly fault: Fault;
  /** How long the next attempt is waited for, in milliseconds. */
  readonly delayMs: number;
}

/** How `retry()` behaves. */
export interface RetryOptions {
  /**
   * Attempts after the first, as the openai client counts them: 2 means three attempts at most.
   * @defaultValue 2, the client's own default
   */
  readonly maxRetries?: number;
  /**
   * First wait when the server named none, in milliseconds; it doubles from there.
   * @defaultValue 500, the client's own
   */
  readonly initialDelayMs?: number;
  /**
   * Longest wait of our own choosing, in milliseconds.
   * @defaultValue 8000, the client's own
   */
  readonly maxDelayMs?: number;
  /**
   * Longest wait that a server may ask for, in milliseconds. A longer one is not slept through and not
   * cut short either: the answer goes to the caller (or to the next rung) at once.
   * @defaultValue 60000, above which the client ignores the server
   */
  readonly maxServerWaitMs?: number;
  /**
   * Share of a server-given wait that is added at random, so that those who were told the same do not
   * come back together. At least 100 ms are spread over.
   * @defaultValue 0.25
   */
  readonly jitterRatio?: number;
  /**
   * A backoff of cockatiel's in place of the default (exponential with full jitter). Its durations are
   * used as they are.
   * @see https://github.com/connor4312/cockatiel#backoffs
   */
  readonly backoff?: IBackoffFactory<unknown>;
  /** Told before each wait. */
  readonly onRetry?: (event: RetryEvent) => void;
}

/** Options with every default in its place. */
export interface ResolvedRetryOptions extends Required<Omit<RetryOptions, 'backoff' | 'onRetry'>> {
  readonly backoff: IBackoffFactory<unknown> | undefined;
  readonly onRetry: ((event: RetryEvent) => void) | undefined;
}

/** The only place where a default stands. */
export const defaults: ResolvedRetryOptions = Object.freeze({
  maxRetries: 2,
  initialDelayMs: 500,
  maxDelayMs: 8000,
  maxServerWaitMs: 60_000,
  jitterRatio: 0.25,
  backoff: undefined,
  onRetry: undefined,
});

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: RetryOptions): ResolvedRetryOptions {
  checkOptions('retry', options, {
    maxRetries: rules.wholeFrom(0),
    initialDelayMs: rules.durationMs,
    maxDelayMs: rules.durationMs,
    maxServerWaitMs: rules.durationMs,
    jitterRatio: rules.ratio,
    backoff: {
      expected: 'a backoff of cockatiel, with next()',
      holds: (value) => typeof (value as { next?: unknown } | null)?.next === 'function',
    },
    onRetry: rules.callback,
  });
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given };
}
