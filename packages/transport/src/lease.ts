import type { Dispatcher } from 'undici';
import type { Incoming } from './incoming.ts';

/** A request as undici takes it. */
export type RequestOptions = Dispatcher.DispatchOptions;

/** What a request has of its pool: a connection, or a place among those that wait for one. */
export interface Lease {
  /** Whether the connection had been kept from an earlier request and died before a byte of the answer. */
  readonly isStale: boolean;
  /** The request is over. @param isWhole - whether its answer came to its end, so that the connection is good for more. */
  end(isWhole: boolean): void;
}

/** What goes on at one origin. */
export interface OriginStats {
  /** Open connections. */
  readonly connected: number;
  /** Calls that have a connection. */
  readonly running: number;
  /** Calls that wait for one. */
  readonly queued: number;
  /** Connections opened since the beginning. */
  readonly opened: number;
}

/** The connections to one origin. */
export interface OriginPool {
  /** Sends a request as soon as there is a connection for it, and gives `incoming` a lease. */
  dispatch(options: RequestOptions, incoming: Incoming): void;
  stats(): OriginStats;
  /** Ends once what is under way has ended. */
  close(): Promise<void>;
}
