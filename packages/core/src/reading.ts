import type { Context } from './call.ts';
import type { Middleware, Transport } from './middleware.ts';

/** How something stands now that a layer keeps, such as a limit or a circuit. */
export interface Reading {
  /** Name of its metric without `holdfast.`, e.g. `circuit_breaker.status`. */
  readonly name: string;
  /** Durations are in milliseconds. */
  readonly value: number;
  /** Enums, configured names, models and origins. Never a tenant, user, id of a call or key. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A pipeline as it was built, for layers that tell of the others. */
export interface Onion {
  readonly context: Context;
  /** Outermost first. */
  readonly layers: readonly (Middleware | Transport)[];
}
