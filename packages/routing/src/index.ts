export { hedge, type HedgeMiddleware } from './hedge/hedge.ts';
export type { HedgedOperation, HedgeEvent, HedgeOptions } from './hedge/options.ts';
export type { HedgedKindStats, HedgeStats } from './hedge/tally.ts';
export type { EjectionEvent, OwnEndpointOptions, RoutedEndpointOptions, RoutingOptions } from './options.ts';
export { routing, type RoutingMiddleware } from './routing.ts';
export type { ModelStats, SiteStats } from './stats.ts';
