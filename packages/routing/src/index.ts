export type { EjectionEvent, RoutedEndpointOptions, RoutingOptions } from './options.ts';
export { routing, type RoutingMiddleware } from './routing.ts';
export type { SiteStats } from './site.ts';
