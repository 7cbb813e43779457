export { breaker, type BreakerMiddleware } from './breaker.ts';
export { circuitEngine } from './circuit-engine.ts';
export type {
  Circuits,
  DescribedEngine,
  DetailedChange,
  DetailedPermit,
  DetailedRejection,
  DetailedReport,
  Isolation,
} from './details.ts';
export type { BreakerOptions, CircuitOptions } from './options.ts';
export type { CircuitSnapshot, CircuitsSnapshot } from './snapshot.ts';
