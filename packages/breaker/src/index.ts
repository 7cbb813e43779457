export { breaker, type BreakerMiddleware } from './breaker.ts';
export type { DescribedEngine, DetailedPermit, DetailedRejection, DetailedReport, DetailedChange } from './details.ts';
export { opossumEngine } from './opossum-engine.ts';
export type { BreakerOptions, CircuitOptions } from './options.ts';
