export type { TransportOptions } from './options.ts';
export type { OriginStats } from './lease.ts';
export { transport, type PooledTransport } from './transport.ts';
