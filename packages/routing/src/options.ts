import { checkOptions, endpoint, OptionError, rules, type Endpoint, type EndpointOptions } from '@holdfast/core';

/** An endpoint among equals. */
export interface RoutedEndpointOptions extends EndpointOptions {
  /** How much of the traffic it should get, beside the others. @defaultValue 1 */
  readonly weight?: number;
  /** Calls that it takes at a time; beyond that it is chosen only where nobody else is left. @defaultValue no limit */
  readonly maxInFlight?: number;
}

/** What {@link RoutingOptions.onEjected} is told. */
export interface EjectionEvent {
  readonly endpoint: string;
  /** How long it is left out, in milliseconds. */
  readonly forMs: number;
  /** As the rest of a sentence, e.g. `5 calls in a row failed`. */
  readonly because: string;
}

/** How `routing()` behaves. */
export interface RoutingOptions {
  /** The endpoints beside the client's own. Each has a key of its own and gets nothing that is another's. */
  readonly endpoints: readonly RoutedEndpointOptions[];
  /** What the client's own endpoint gets, or `false` to keep it for calls that cannot go elsewhere. @defaultValue weight 1 */
  readonly own?: Pick<RoutedEndpointOptions, 'weight' | 'maxInFlight'> | false;
  /** Regions to which calls of a client that is pinned to one may go besides its own. @defaultValue none */
  readonly regions?: readonly string[];
  /**
   * In this time what is known of an endpoint's latency counts half, in milliseconds.
   * @defaultValue 10000, as in Finagle
   * @see https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded
   */
  readonly halfLifeMs?: number;
  /** Failures in a row that eject an endpoint. @defaultValue 5, as in Envoy */
  readonly ejectAfter?: number;
  /** First time out, in milliseconds; it doubles with each ejection in a row. @defaultValue 30000, as in Envoy */
  readonly ejectMs?: number;
  /** Longest time out, in milliseconds. @defaultValue 300000, as in Envoy */
  readonly maxEjectMs?: number;
  /** Share of the endpoints that may be out at a time; one always stays. @defaultValue 0.5 */
  readonly maxEjectedRatio?: number;
  /** Told when an endpoint is ejected. */
  readonly onEjected?: (event: EjectionEvent) => void;
}

/** One candidate. */
export interface Candidate {
  readonly name: string;
  /** `undefined` for the client's own. */
  readonly endpoint: Endpoint | undefined;
  readonly weight: number;
  readonly maxInFlight: number;
}

/** Options, checked, with every default in its place. */
export interface ResolvedRoutingOptions extends Required<Omit<RoutingOptions, 'endpoints' | 'own' | 'onEjected'>> {
  readonly candidates: readonly Candidate[];
  /** Whether the client's own is one of them. */
  readonly hasOwn: boolean;
  readonly onEjected: ((event: EjectionEvent) => void) | undefined;
}

/** The only place where a default stands. */
export const defaults: Required<
  Pick<RoutingOptions, 'halfLifeMs' | 'ejectAfter' | 'ejectMs' | 'maxEjectMs' | 'maxEjectedRatio'>
> = Object.freeze({ halfLifeMs: 10_000, ejectAfter: 5, ejectMs: 30_000, maxEjectMs: 300_000, maxEjectedRatio: 0.5 });

const list = "a list such as [{ name: 'eu', baseURL: 'https://eu.api.openai.com/v1', apiKey }]";

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: RoutingOptions): ResolvedRoutingOptions {
  checkOptions('routing', options, {
    endpoints: { expected: list, holds: Array.isArray },
    own: {
      expected: 'false, or { weight, maxInFlight }',
      holds: (value) => value === false || typeof value === 'object',
    },
    regions: { expected: 'a list of regions', holds: Array.isArray },
    halfLifeMs: {
      expected: 'a duration in milliseconds, above 0',
      holds: (value) => typeof value === 'number' && value > 0,
    },
    ejectAfter: rules.wholeFrom(1),
    ejectMs: rules.durationMs,
    maxEjectMs: rules.durationMs,
    maxEjectedRatio: rules.ratio,
    onEjected: rules.callback,
  });
  const { endpoints, own = {}, regions = [], onEjected } = options;
  if (endpoints === undefined || endpoints.length === 0) throw new OptionError('routing.endpoints', list, endpoints);
  const others = endpoints.map((one) => candidateOf(one.name, one, endpoint(one)));
  const names = new Set(others.map(({ name }) => name));
  if (names.size !== others.length || names.has('own'))
    throw new OptionError(
      'routing.endpoints',
      "names that differ, and none of them 'own'",
      endpoints.map(({ name }) => name),
    );
  const candidates = own === false ? others : [candidateOf('own', own, undefined), ...others];
  const set = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name in defaults && value !== undefined),
  );
  return { ...defaults, ...set, candidates, hasOwn: own !== false, regions, onEjected };
}

function candidateOf(
  name: string,
  { weight = 1, maxInFlight = Number.POSITIVE_INFINITY }: Pick<RoutedEndpointOptions, 'weight' | 'maxInFlight'>,
  there: Endpoint | undefined,
): Candidate {
  const option = `routing endpoint "${name}"`;
  if (!(typeof weight === 'number' && weight > 0))
    throw new OptionError(`${option}.weight`, 'a number above 0', weight);
  if (!(typeof maxInFlight === 'number' && maxInFlight >= 1))
    throw new OptionError(`${option}.maxInFlight`, 'a number from 1', maxInFlight);
  return { name, endpoint: there, weight, maxInFlight };
}
