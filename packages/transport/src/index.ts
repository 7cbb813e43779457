export type { TransportOptions } from './options.ts';
export type { OriginStats } from './pools.ts';
export { transport, type PooledTransport } from './transport.ts';
