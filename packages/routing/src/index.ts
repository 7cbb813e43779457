export type { EjectionEvent, OwnEndpointOptions, RoutedEndpointOptions, RoutingOptions } from './options.ts';
export { routing, type RoutingMiddleware } from './routing.ts';
export type { ModelStats, SiteStats } from './stats.ts';
