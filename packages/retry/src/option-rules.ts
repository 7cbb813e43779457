import { checkOptions, faultTable, rules, type Rule } from '@holdfast/core';

const isObject: Rule['holds'] = (value) => typeof value === 'object' && value !== null;

const oneOf = (...values: readonly string[]): Rule => ({
  expected: `one of ${values.join(', ')}`,
  holds: (value) => values.includes(value as string),
});

const retryRules: Readonly<Record<string, Rule>> = {
  maxRetries: rules.wholeFrom(0),
  maxRetriesByFault: { expected: 'an object of numbers by kind of fault', holds: isObject },
  initialDelayMs: rules.durationMs,
  maxDelayMs: rules.durationMs,
  jitter: oneOf('full', 'decorrelated'),
  backoff: {
    expected: 'a backoff of cockatiel, with next()',
    holds: (value) => typeof (value as { next?: unknown } | null)?.next === 'function',
  },
  maxServerWaitMs: rules.durationMs,
  jitterRatio: rules.ratio,
  budget: {
    expected: 'a budget made by retryBudget(), its options, or false',
    holds: (value) => value === false || isObject(value),
  },
  ambiguous: { expected: "an object of 'retry' and 'give_up' by operation", holds: isObject },
  holdBack: rules.flag,
  reserveRatio: {
    expected: 'a ratio from 0 to below 1',
    holds: (value) => rules.ratio.holds(value) && value !== 1,
  },
  onRetry: rules.callback,
  onBudgetExhausted: rules.callback,
};

const budgetRules: Readonly<Record<string, Rule>> = {
  ratio: rules.ratio,
  minRetriesPerSecond: {
    expected: 'a number of retries, 0 or more',
    holds: (value) => typeof value === 'number' && value >= 0 && Number.isFinite(value),
  },
  windowMs: rules.wholeFrom(1),
};

const isBudget = (value: object): boolean => {
  const members = value as Record<string, unknown>;
  return (
    isObject(members['options']) &&
    ['noteSuccess', 'tryRetry', 'stats'].every((name) => rules.callback.holds(members[name]))
  );
};

/** Kinds that are retried at all, unless the server says otherwise. */
const retryableKinds = Object.entries(faultTable).flatMap(([kind, { retryable }]) => (retryable ? [kind] : []));

const byName = (names: readonly string[], rule: Rule): Record<string, Rule> =>
  Object.fromEntries(names.map((name) => [name, rule]));

/** What {@link checkRetryOptions} looks at beyond the rules of single options. */
interface Nested {
  readonly maxRetriesByFault?: object | undefined;
  readonly budget?: object | false | undefined;
  readonly ambiguous?: object | undefined;
}

/**
 * @param operations - those that `ambiguous` knows.
 * @throws OptionError naming the option, the rule and the value.
 */
export function checkRetryOptions(options: Nested, operations: readonly string[]): void {
  checkOptions('retry', options, retryRules);
  const { maxRetriesByFault = {}, budget = {}, ambiguous = {} } = options;
  checkOptions('retry.maxRetriesByFault', maxRetriesByFault, byName(retryableKinds, rules.wholeFrom(0)));
  checkOptions('retry.ambiguous', ambiguous, byName(operations, oneOf('retry', 'give_up')));
  if (budget !== false && !isBudget(budget)) checkBudgetOptions('retry.budget', budget);
}

/** @throws OptionError naming the option, the rule and the value. */
export function checkBudgetOptions(factory: string, options: object): void {
  checkOptions(factory, options, budgetRules);
}
