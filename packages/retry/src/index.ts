export { retryBudget } from './budget.ts';
export type { BudgetExhaustedEvent, RetryEvent } from './events.ts';
export type { AmbiguousOperation, AmbiguousOptions, RetryOptions } from './options.ts';
export type { BudgetStats, RetryBudget, RetryBudgetOptions } from './retry-budget.ts';
export { retry, type RetryMiddleware } from './retry.ts';
