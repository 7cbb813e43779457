export type { RetryEvent, RetryOptions } from './options.ts';
export { retry } from './retry.ts';
