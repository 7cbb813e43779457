import { checkOptions, rules, type EndpointOptions, type Rule } from '@holdfast/core';
import {
  endpointList,
  ownRule,
  positive,
  resolveEndpoints,
  resolveOwn,
  type ResolvedEndpoint,
  type ResolvedOwn,
} from './endpoint-options.ts';

/** An endpoint that calls may go to, with a key of its own and how much it takes. */
export interface RoutedEndpointOptions extends EndpointOptions {
  /** Its share of the traffic beside that of the others, as long as they are about equally fast. @defaultValue 1 */
  readonly weight?: number;
  /**
   * Calls under way there from which on it has no headroom, and the others are preferred. No hard limit: that is what
   * `rateLimit` is for.
   * @defaultValue none
   */
  readonly maxInFlight?: number;
}

/** The client's own endpoint, as one among the others. */
export interface OwnEndpointOptions extends Pick<RoutedEndpointOptions, 'weight' | 'maxInFlight'> {
  /** Where it keeps data, where its host does not say so. @defaultValue of its host, e.g. `eu` of `eu.api.openai.com` */
  readonly region?: string;
}

/** What {@link RoutingOptions.onEjected} is told. */
export interface EjectionEvent {
  readonly service: string;
  /** The endpoint that gets no calls for a while; `own` is the client's. */
  readonly endpoint: string;
  readonly origin: string;
  readonly region: string | undefined;
  /** As the rest of a sentence, e.g. `5 calls in a row failed`. */
  readonly because: string;
  /** How long it is left out, in milliseconds. */
  readonly forMs: number;
}

/** How `routing()` behaves. */
export interface RoutingOptions {
  /** The places that calls are spread over, beside the client's own. Each has a key of its own. */
  readonly endpoints: readonly RoutedEndpointOptions[];
  /** The endpoint that the client itself points to: `false` leaves it to the calls that cannot go elsewhere. */
  readonly own?: OwnEndpointOptions | boolean;
  /**
   * Regions to which calls of a client that is pinned to one (`eu.api.openai.com`) may go besides its own.
   * @defaultValue none
   */
  readonly regions?: readonly string[];
  /**
   * Whether calls whose answers are stored may go elsewhere too: what is stored there is not found by a later call
   * that refers to it where the client points. Responses are stored unless they say `store: false`.
   * @defaultValue false
   */
  readonly moveStored?: boolean;
  /**
   * How fast a measured latency is forgotten, in milliseconds: after so long without calls an endpoint passes for
   * twice as fast as it was.
   * @defaultValue 10000, about as in Finagle
   * @see https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded
   */
  readonly halfLifeMs?: number;
  /**
   * Failures in a row that eject an endpoint; 0 leaves it to the success rate.
   * @defaultValue 5, as in Envoy and as in `breaker`
   */
  readonly ejectAfter?: number;
  /** How far back outcomes count for the success rate, in milliseconds. @defaultValue 60000 */
  readonly windowMs?: number;
  /** Outcomes that must be in the window, here and at the others together, before rates are compared. @defaultValue 20 */
  readonly minimumCalls?: number;
  /**
   * How far below the success rate of the others an endpoint may stay: 0.3 ejects one with 65 % beside 95 %.
   * @defaultValue 0.3
   */
  readonly outlierThreshold?: number;
  /**
   * How long the first ejection lasts, in milliseconds; each further one in a row twice as long.
   * @defaultValue 30000, as in Envoy
   */
  readonly ejectMs?: number;
  /** Longest ejection, and longest rest that an endpoint may ask for, in milliseconds. @defaultValue 300000, as in Envoy */
  readonly maxEjectMs?: number;
  /**
   * Most endpoints that are ejected at the same time. One always stays.
   * @defaultValue 0.5; fewer and one of two could never go
   */
  readonly maxEjectedRatio?: number;
  /**
   * How long an endpoint is left alone for a model after it refused its key, its limits or the model without saying
   * for how long, in milliseconds.
   * @defaultValue 10000
   */
  readonly restMs?: number;
  /** Told when an endpoint is ejected. */
  readonly onEjected?: (event: EjectionEvent) => void;
}

/** Options, checked, with every default in its place. */
export interface ResolvedRoutingOptions extends Required<Omit<RoutingOptions, 'endpoints' | 'own' | 'onEjected'>> {
  readonly endpoints: readonly ResolvedEndpoint[];
  /** `undefined` where only those calls go that cannot go elsewhere. */
  readonly own: ResolvedOwn | undefined;
  readonly onEjected: ((event: EjectionEvent) => void) | undefined;
}

/** The only place where a default stands. */
export const defaults: Readonly<
  Omit<ResolvedRoutingOptions, 'endpoints' | 'own' | 'onEjected'> & { own: true; weight: number; maxInFlight: number }
> = Object.freeze({
  own: true,
  weight: 1,
  maxInFlight: Number.POSITIVE_INFINITY,
  regions: [],
  moveStored: false,
  halfLifeMs: 10_000,
  ejectAfter: 5,
  windowMs: 60_000,
  minimumCalls: 20,
  outlierThreshold: 0.3,
  ejectMs: 30_000,
  maxEjectMs: 300_000,
  maxEjectedRatio: 0.5,
  restMs: 10_000,
});

const regions: Rule = {
  expected: 'a list of regions',
  holds: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== ''),
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: RoutingOptions): ResolvedRoutingOptions {
  checkOptions('routing', options, {
    endpoints: { expected: endpointList, holds: Array.isArray },
    own: ownRule,
    regions,
    moveStored: rules.flag,
    halfLifeMs: { expected: 'a duration in milliseconds above 0', holds: positive.holds },
    ejectAfter: rules.wholeFrom(0),
    windowMs: rules.durationMs,
    minimumCalls: rules.wholeFrom(1),
    outlierThreshold: rules.ratio,
    ejectMs: rules.durationMs,
    maxEjectMs: rules.durationMs,
    maxEjectedRatio: rules.ratio,
    restMs: rules.durationMs,
    onEjected: rules.callback,
  });
  const { endpoints, own = defaults.own, onEjected, ...rest } = options;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...defaults,
    ...given,
    endpoints: resolveEndpoints(endpoints, defaults),
    own: resolveOwn(own, defaults),
    onEjected,
  };
}
