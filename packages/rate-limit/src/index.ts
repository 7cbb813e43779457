export type { AdaptiveOptions } from './adaptive-concurrency.ts';
export type { CountTokens } from './estimate.ts';
export type { LimitKind } from './limit-headers.ts';
export type { Priority } from './waiter.ts';
export type { FreezeEvent, LimitEvent, ModelLimits, RateLimitOptions, RefusedEvent } from './options.ts';
export { rateLimit, type RateLimitMiddleware } from './rate-limit.ts';
export type { DomainStats, LimitStats } from './stats.ts';
