export type { TimeoutEvent, TimeoutLimits, TimeoutOptions } from './options.ts';
export { timeout } from './timeout.ts';
