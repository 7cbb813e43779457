import { checkOptions, endpoint, OptionError, type Endpoint, type Rule } from '@holdfast/core';
import type { RoutingOptions } from './options.ts';

/** An endpoint, checked. */
export interface ResolvedEndpoint {
  readonly endpoint: Endpoint;
  readonly weight: number;
  readonly maxInFlight: number;
}

/** What is said of the client's own endpoint, checked. */
export interface ResolvedOwn {
  readonly region?: string;
  readonly weight: number;
  readonly maxInFlight: number;
}

type Capacity = Pick<ResolvedOwn, 'weight' | 'maxInFlight'>;

/** Some need nothing but to be above zero. */
export const positive: Rule = {
  expected: 'a number above 0',
  holds: (value) => typeof value === 'number' && value > 0 && Number.isFinite(value),
};

const text: Rule = {
  expected: 'a non-empty string',
  holds: (value) => typeof value === 'string' && value !== '',
};

const inFlight: Rule = {
  expected: 'a whole number from 1, or Infinity',
  holds: (value) => value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) > 0),
};

/** What the client's own endpoint is called; no other is. */
export const ownName = 'own';

export const endpointList = "a list such as [{ name: 'eu', baseURL: 'https://eu.api.openai.com/v1', apiKey }]";

export const ownRule: Rule = {
  expected: 'false, or an object such as { weight: 2 }',
  holds: (value) => typeof value === 'boolean' || (typeof value === 'object' && value !== null),
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveEndpoints(given: RoutingOptions['endpoints'], defaults: Capacity): ResolvedEndpoint[] {
  if (given === undefined || given.length === 0) throw new OptionError('routing.endpoints', endpointList, given);
  const resolved = given.map((options, index) => resolveEndpoint(options, index, defaults));
  const names = resolved.map(({ endpoint: { name } }) => name);
  if (new Set(names).size < names.length || names.includes(ownName))
    throw new OptionError('routing.endpoints', `names that differ, and none of them '${ownName}'`, names);
  return resolved;
}

function resolveEndpoint(
  options: RoutingOptions['endpoints'][number],
  index: number,
  defaults: Capacity,
): ResolvedEndpoint {
  const place =
    typeof options?.name === 'string' ? `routing endpoint "${options.name}"` : `routing.endpoints[${index}]`;
  checkOptions(place, options, {
    name: text,
    baseURL: undefined,
    apiKey: undefined,
    keyHeader: undefined,
    headers: undefined,
    query: undefined,
    region: text,
    weight: positive,
    maxInFlight: inFlight,
  });
  const { weight = defaults.weight, maxInFlight = defaults.maxInFlight, ...rest } = options;
  return { endpoint: endpoint(rest), weight, maxInFlight };
}

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOwn(given: NonNullable<RoutingOptions['own']>, defaults: Capacity): ResolvedOwn | undefined {
  if (given === false) return undefined;
  const { weight, maxInFlight } = defaults;
  if (given === true) return { weight, maxInFlight };
  checkOptions('routing.own', given, { region: text, weight: positive, maxInFlight: inFlight });
  const { region } = given;
  return {
    ...(region !== undefined && { region }),
    weight: given.weight ?? weight,
    maxInFlight: given.maxInFlight ?? maxInFlight,
  };
}
