export { fallback } from './fallback.ts';
export type { FallbackEvent, FallbackOptions } from './options.ts';
