import type { Call, Context, Fetch } from './call.ts';
import type { LayerEvent } from './layer-event.ts';
import type { PlannedRung } from './plan.ts';
import type { Onion, Reading } from './reading.ts';

/** Everything further in, up to the transport. */
export type Next = (call: Call) => Promise<Response>;

/** The layers of the onion, outermost first. */
export const layers = [
  'telemetry',
  'audit',
  'budget',
  'coalesce',
  'fallback',
  'hedge',
  'retry',
  'routing',
  'rateLimit',
  'breaker',
  'timeout',
  'auth',
  'sign',
  'transport',
] as const;

/** Where in the onion a middleware belongs. */
export type Layer = (typeof layers)[number];

/** One layer around every call. */
export interface Middleware {
  /** Unique within a pipeline; stands in journeys, refusals and `describe()`. */
  readonly name: string;
  /** Where in the onion this belongs; `build()` refuses an order that cannot work. */
  readonly layer: Exclude<Layer, 'transport'>;
  /**
   * Handles a call. Either returns what `next` returned, the same object, or a refusal;
   * rethrows what `next` threw; stops at once when `call.signal` aborts.
   */
  handle(call: Call, next: Next): Promise<Response>;
  /** The bearer that a call would carry now, for connections that do not pass here (WebSockets). */
  apiKey?(): Promise<string>;
  /** The places that it would ask for a call, in their order; for `plan()`. Sends nothing. */
  rungs?(call: Call): Promise<readonly PlannedRung[]>;
  /** Why it would refuse a call now, as the rest of a sentence; for `plan()`. Changes nothing. */
  outlook?(call: Call): string | undefined;
  /** Options worth seeing in `describe()`. Never a secret. */
  describe?(): string;
  /** The pipeline is built. A layer that serves several is told of each. */
  assembled?(onion: Onion): void;
  /** Hears what the layers of its pipelines tell, itself included. One that throws is reported and breaks nothing. */
  onEvent?(event: LayerEvent): void;
  /** How things stand that the layer keeps, for metrics. Cheap, and changes nothing. */
  readings?(context: Context): Iterable<Reading>;
  /** Ends what the layer keeps running. Calls after it may fail. */
  close?(): Promise<void>;
}

/** Header values to set by lower-case name; `null` removes. */
export type HeaderChanges = Readonly<Record<string, string | null>>;

/** The innermost layer: what carries a request to the API. */
export interface Transport {
  readonly name: string;
  readonly layer: 'transport';
  readonly fetch: Fetch;
  /**
   * The same with `changes` to the headers of `init` (`null` removes one), for transports that can make them
   * on the way out. Without it the headers are copied for each call that gets a credential or a trace. The signal of
   * `init` may be a light one, for which nothing but its state and its listeners counts; `nativeSignal` makes it whole.
   */
  send?(url: string, init: RequestInit, changes: HeaderChanges): Promise<Response>;
  describe?(): string;
  close?(): Promise<void>;
}
