import { OptionError } from '@holdfast/core';
import { ConstantBackoff } from 'cockatiel';
import { describe, expect, it } from 'vitest';
import { retry, retryBudget, type RetryBudgetOptions, type RetryOptions } from './index.ts';

describe('the options of retry', () => {
  it.each([
    [{ maxRetries: -1 }, 'retry.maxRetries: expected a whole number from 0, got -1'],
    [{ maxRetries: 1.5 }, 'retry.maxRetries: expected a whole number from 0, got 1.5'],
    [{ jitterRatio: 2 }, 'retry.jitterRatio: expected a ratio between 0 and 1, got 2'],
    [{ maxRetry: 3 }, 'retry.maxRetry: expected one of maxRetries,'],
    [{ onRetry: 'log' }, 'retry.onRetry: expected a function, got "log"'],
    [{ jitter: 'equal' }, 'retry.jitter: expected one of full, decorrelated, got "equal"'],
    [{ reserveRatio: 1 }, 'retry.reserveRatio: expected a ratio from 0 to below 1, got 1'],
    [{ holdBack: 3 }, 'retry.holdBack: expected true or false, got 3'],
    [{ backoff: 100 }, 'retry.backoff: expected a backoff of cockatiel, with next(), got 100'],
    [
      { maxRetriesByFault: { rate_limit: 5 } },
      'retry.maxRetriesByFault.rate_limit: expected one of rate_limited, overloaded, server_error, conflict, timeout, network, malformed_response, stream_interrupted, got "rate_limit"',
    ],
    [
      { maxRetriesByFault: { quota_exhausted: 1 } },
      'retry.maxRetriesByFault.quota_exhausted: expected one of rate_limited,',
    ],
    [{ maxRetriesByFault: { timeout: -1 } }, 'retry.maxRetriesByFault.timeout: expected a whole number from 0, got -1'],
    [{ maxRetriesByFault: 3 }, 'retry.maxRetriesByFault: expected an object of numbers by kind of fault, got 3'],
    [{ ambiguous: { admin: 'retry' } }, 'retry.ambiguous.admin: expected one of chat,'],
    [{ ambiguous: { other: true } }, 'retry.ambiguous.other: expected one of retry, give_up, got true'],
    [{ ambiguous: 'retry' }, "retry.ambiguous: expected an object of 'retry' and 'give_up' by operation"],
    [{ budget: true }, 'retry.budget: expected a budget made by retryBudget(), its options, or false, got true'],
    [{ budget: { tryRetry: () => true } }, 'retry.budget.tryRetry: expected one of ratio,'],
    [{ budget: { ratio: 20 } }, 'retry.budget.ratio: expected a ratio between 0 and 1, got 20'],
  ])('are refused when they cannot work: %j', (options, message) => {
    expect(() => retry(options as RetryOptions)).toThrow(OptionError);
    expect(() => retry(options as RetryOptions)).toThrow(message);
  });

  it.each([
    [{ minRetriesPerSecond: -1 }, 'retryBudget.minRetriesPerSecond: expected a number of retries, 0 or more, got -1'],
    [{ windowMs: 0 }, 'retryBudget.windowMs: expected a whole number from 1, got 0'],
    [{ percent: 20 }, 'retryBudget.percent: expected one of ratio, minRetriesPerSecond, windowMs, got "percent"'],
  ])('and so are those of a budget: %j', (options, message) => {
    expect(() => retryBudget(options as RetryBudgetOptions)).toThrow(message);
  });

  it('take undefined for the default, in budgets as well', () => {
    const layer = retry({ jitter: undefined, budget: { ratio: undefined } } as unknown as RetryOptions);
    expect(layer.describe?.()).toBe(retry().describe?.());
    expect(layer.budget?.options).toEqual({ ratio: 0.2, minRetriesPerSecond: 10, windowMs: 10_000 });
  });

  it('are seen in the description', () => {
    expect(retry().describe?.()).toBe(
      'maxRetries 2, backoff 500–8000 ms, full jitter, server waits up to 60000 ms, budget 0.2 of successes + 10/s',
    );
    const limits = { maxRetriesByFault: { timeout: 1 }, backoff: new ConstantBackoff(1), budget: false } as const;
    expect(retry(limits).describe?.()).toBe(
      'maxRetries 2 (timeout 1), backoff of cockatiel, server waits up to 60000 ms, no budget',
    );
  });
});
