import type { FaultKind, Operation } from '@holdfast/core';
import type { IBackoffFactory } from 'cockatiel';
import type { BudgetExhaustedEvent, RetryEvent } from './events.ts';
import { checkRetryOptions } from './option-rules.ts';
import type { RetryBudget, RetryBudgetOptions } from './retry-budget.ts';

/**
 * Requests that are told apart when one of them may have been processed: by operation, and `background` for responses
 * in the background. `other` is all that is no GET and not named: files, batches, vector stores, fine-tuning, DELETE.
 */
export type AmbiguousOperation = Exclude<Operation, 'admin'> | 'background';

/** What to do about a request that may have been processed. */
export type AmbiguousOptions = Readonly<Partial<Record<AmbiguousOperation, 'retry' | 'give_up'>>>;

/** How `retry()` behaves. */
export interface RetryOptions {
  /**
   * Attempts after the first, as the openai client counts them: 2 means three attempts at most.
   * @defaultValue 2, the client's own default
   */
  readonly maxRetries?: number;
  /**
   * How often a kind of fault is retried, within {@link RetryOptions.maxRetries}, which bounds all of them together:
   * `{ timeout: 1 }` retries one timeout and anything else besides. 0 does not retry the kind.
   * @defaultValue none
   */
  readonly maxRetriesByFault?: Readonly<Partial<Record<FaultKind, number>>>;
  /**
   * First wait when the server named none, in milliseconds.
   * @defaultValue 500, the client's own
   */
  readonly initialDelayMs?: number;
  /**
   * Longest wait of our own choosing, in milliseconds.
   * @defaultValue 8000, the client's own
   */
  readonly maxDelayMs?: number;
  /**
   * How waits of our own choosing are drawn. `full`: anything up to a limit that doubles each time. `decorrelated`:
   * from `initialDelayMs` up to three times the last wait, so never at once.
   * @defaultValue 'full'
   * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
   */
  readonly jitter?: 'full' | 'decorrelated';
  /**
   * A backoff of cockatiel's in place of `initialDelayMs`, `maxDelayMs` and `jitter`. Its durations are used as they
   * are.
   * @see https://github.com/connor4312/cockatiel#backoffs
   */
  readonly backoff?: IBackoffFactory<unknown>;
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
   * What keeps retries a small share of the traffic: one to share with other pipelines, made by `retryBudget()`, or the
   * options of one for this layer alone. `false` for none. When it is spent the failure goes to the caller at once.
   * @defaultValue one for this layer alone
   */
  readonly budget?: RetryBudget | RetryBudgetOptions | false;
  /**
   * What to do, by operation, when a request may have been processed though no answer came: the connection broke or
   * timed out after it was sent, a gateway gave up on it, a stream was cut before its first content. Sent again it may
   * be done and billed twice. GET is always retried, DELETE and POST that need an admin key never are.
   * @defaultValue `give_up` for `other` and `background`, which leave something behind; `retry` for all others
   */
  readonly ambiguous?: AmbiguousOptions;
  /**
   * Keeps the beginning of a stream back until its first content, so that one which fails before is a failed attempt
   * and retried like any other. Where a layer further out keeps more back, that holds.
   * @defaultValue true
   */
  readonly holdBack?: boolean;
  /**
   * Share of the time left that an attempt leaves for another, below 1: one that hangs is ended by `timeout()` while
   * there still is time. For calls with at most a minute left, and none of it is kept from the last attempt.
   * @defaultValue 0.25
   */
  readonly reserveRatio?: number;
  /** Told before each wait. */
  readonly onRetry?: (event: RetryEvent) => void;
  /** Told, at most once a second, when a retry had no room in the budget. */
  readonly onBudgetExhausted?: (event: BudgetExhaustedEvent) => void;
}

type WithoutDefault = 'backoff' | 'onRetry' | 'onBudgetExhausted';

/** Options with every default in its place. */
export interface ResolvedRetryOptions extends Required<Omit<RetryOptions, WithoutDefault | 'ambiguous'>> {
  readonly ambiguous: Required<AmbiguousOptions>;
  readonly backoff: IBackoffFactory<unknown> | undefined;
  readonly onRetry: ((event: RetryEvent) => void) | undefined;
  readonly onBudgetExhausted: ((event: BudgetExhaustedEvent) => void) | undefined;
}

/** Together with {@link defaults} the only place where a default stands: Finagle's own. */
export const budgetDefaults: Required<RetryBudgetOptions> = Object.freeze({
  ratio: 0.2,
  minRetriesPerSecond: 10,
  windowMs: 10_000,
});

/** Together with {@link budgetDefaults} the only place where a default stands. */
export const defaults: ResolvedRetryOptions = Object.freeze({
  maxRetries: 2,
  maxRetriesByFault: Object.freeze({}),
  initialDelayMs: 500,
  maxDelayMs: 8000,
  jitter: 'full',
  backoff: undefined,
  maxServerWaitMs: 60_000,
  jitterRatio: 0.25,
  budget: budgetDefaults,
  ambiguous: Object.freeze({
    chat: 'retry',
    responses: 'retry',
    embeddings: 'retry',
    completions: 'retry',
    images: 'retry',
    audio: 'retry',
    moderations: 'retry',
    background: 'give_up',
    other: 'give_up',
  }),
  holdBack: true,
  reserveRatio: 0.25,
  onRetry: undefined,
  onBudgetExhausted: undefined,
});

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: RetryOptions): ResolvedRetryOptions {
  checkRetryOptions(options, Object.keys(defaults.ambiguous));
  return { ...defaults, ...given(options), ambiguous: { ...defaults.ambiguous, ...given(options.ambiguous ?? {}) } };
}

const given = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
