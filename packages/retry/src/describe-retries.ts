import type { ResolvedRetryOptions } from './options.ts';
import type { RetryBudget } from './retry-budget.ts';

/** The options that are worth seeing beside the other layers. */
export function describeRetries(options: ResolvedRetryOptions, budget: RetryBudget | undefined): string {
  const { maxRetries, maxRetriesByFault, maxServerWaitMs } = options;
  const byFault = Object.entries(maxRetriesByFault).map(([kind, limit]) => `${kind} ${limit}`);
  return [
    `maxRetries ${maxRetries}${byFault.length > 0 ? ` (${byFault.join(', ')})` : ''}`,
    `backoff ${backoffInWords(options)}`,
    `server waits up to ${maxServerWaitMs} ms`,
    budget === undefined ? 'no budget' : budgetInWords(budget),
  ].join(', ');
}

function backoffInWords({ backoff, jitter, initialDelayMs, maxDelayMs }: ResolvedRetryOptions): string {
  return backoff === undefined ? `${initialDelayMs}–${maxDelayMs} ms, ${jitter} jitter` : 'of cockatiel';
}

const budgetInWords = ({ options: { ratio, minRetriesPerSecond } }: RetryBudget): string =>
  `budget ${ratio} of successes + ${minRetriesPerSecond}/s`;
