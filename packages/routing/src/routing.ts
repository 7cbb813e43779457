import {
  boundToProject,
  notify,
  observe,
  residencyOf,
  systemClock,
  type Call,
  type Clock,
  type Middleware,
  type Next,
} from '@holdfast/core';
import { chosen } from './choice.ts';
import { resolveOptions, type ResolvedRoutingOptions, type RoutingOptions } from './options.ts';
import { Site, type SiteStats } from './site.ts';

/** The layer, with a window on what it knows. */
export interface RoutingMiddleware extends Middleware {
  /** What is known of each endpoint, by name; the client's own is `own`. */
  stats(): Readonly<Record<string, SiteStats>>;
}

/**
 * Sends each attempt to one of several equal endpoints: the better of two by latency, calls under way and room in
 * its limits. One that fails again and again is left out for a while, but never more than a part of them.
 *
 * What is kept in a project stays at the client's own endpoint, and a client that is pinned to a region in it.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function routing(options: RoutingOptions): RoutingMiddleware {
  const resolved = resolveOptions(options);
  const sites = resolved.candidates.map((candidate) => new Site(candidate, resolved));
  let clock: Clock = systemClock;
  return {
    name: 'routing',
    layer: 'routing',
    handle(call, next) {
      clock = call.clock;
      const site = siteFor(call, sites, resolved);
      return site === undefined ? next(call) : sent(site, { call, next, sites, options: resolved });
    },
    stats: () => Object.fromEntries(sites.map((site) => [site.candidate.name, site.stats(clock.monotonic())])),
    describe: () =>
      resolved.candidates.map(({ name, weight }) => (weight === 1 ? name : `${name} ×${weight}`)).join(', '),
  };
}

interface Sending {
  readonly call: Call;
  readonly next: Next;
  readonly sites: readonly Site[];
  readonly options: ResolvedRoutingOptions;
}

function siteFor(call: Call, sites: readonly Site[], options: ResolvedRoutingOptions): Site | undefined {
  const { origins } = call.root.binding;
  // Aimed by a ladder at an endpoint of its own.
  if (call.credential !== undefined || (origins.length > 0 && !origins.includes(call.route.origin))) return undefined;
  const bound = boundToProject(call);
  if (bound !== undefined) {
    call.journey.decision('routing', 'own', bound);
    return sites.find(({ candidate }) => candidate.endpoint === undefined);
  }
  const allowed = withinResidency(call, sites, options);
  const { random, clock } = call.context;
  return chosen({ sites: allowed, nowMs: clock.monotonic(), random, region: call.hints.region });
}

function withinResidency(call: Call, sites: readonly Site[], { regions }: ResolvedRoutingOptions): readonly Site[] {
  const pinned = residencyOf(call.root.binding.origins[0] ?? call.route.origin);
  if (pinned === undefined) return sites;
  const isAllowed = (region: string | undefined): boolean =>
    region === pinned || (region !== undefined && regions.includes(region));
  return sites.filter(({ candidate }) => candidate.endpoint === undefined || isAllowed(candidate.endpoint.region));
}

async function sent(site: Site, { call, next, sites, options }: Sending): Promise<Response> {
  const { endpoint, name } = site.candidate;
  site.inFlight++;
  let aimed: Call;
  try {
    aimed = endpoint === undefined ? call : await endpoint.aim(call);
  } catch (error) {
    site.inFlight--;
    throw error;
  }
  call.journey.decision('routing', name, `chosen among ${sites.length}`);
  return observe(aimed, next, (outcome) => {
    site.inFlight--;
    const nowMs = call.clock.monotonic();
    const failures = site.ended(outcome, nowMs);
    if (failures > 0 && mayEject(sites, options, nowMs)) {
      const forMs = site.eject(nowMs);
      const event = { endpoint: name, forMs, because: `${failures} calls in a row failed` };
      notify(call.context, 'routing.onEjected', options.onEjected, event);
    }
  }).then((response) => {
    site.learn(response.headers);
    return response;
  });
}

/** One more out must not be more than may be, and one always stays. */
function mayEject(sites: readonly Site[], { maxEjectedRatio }: ResolvedRoutingOptions, nowMs: number): boolean {
  const out = sites.filter((site) => site.isEjected(nowMs)).length + 1;
  return out < sites.length && out / sites.length <= maxEjectedRatio;
}
