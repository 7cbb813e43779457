import type { Call, Clock, Middleware, Next } from '@holdfast/core';
import { isAimedElsewhere } from './aimed-elsewhere.ts';
import { run } from './errand.ts';
import { Members, type Group } from './members.ts';
import { resolveOptions, type ResolvedRoutingOptions, type RoutingOptions } from './options.ts';
import { statsOf, type SiteStats } from './stats.ts';
import { whyItStays } from './stay.ts';
import { walk, type Scars } from './walk.ts';

/** The layer, and how its endpoints stand. */
export interface RoutingMiddleware extends Middleware {
  /** What is known of each endpoint, by name; the client's own is `own`. */
  stats(): Readonly<Record<string, SiteStats>>;
}

/**
 * Spreads calls over endpoints that are as good as each other: the client's own and those that are named. Each attempt
 * goes to the less loaded of two, in the region that it asks for; an endpoint that fails is left out for a while; a
 * client that is pinned to a region stays there; what refers to the state of a project stays where that is.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function routing(options: RoutingOptions): RoutingMiddleware {
  const resolved = resolveOptions(options);
  const members = new Members(resolved);
  const scars: Scars = new WeakMap();
  let clock: Clock | undefined;
  return {
    name: 'routing',
    layer: 'routing',
    handle(call, next) {
      // Who aimed it has chosen the place, and knows why.
      if (isAimedElsewhere(call)) return next(call);
      ({ clock } = call);
      const group = members.groupOf(call);
      const reason = whyOwn(call, group, resolved);
      if (reason === undefined) return walk({ call, next, group, scars, members, options: resolved });
      call.journey.decision('routing', group.own.name, reason);
      return atOwn(call, next, group);
    },
    describe: () => described(resolved),
    stats: () => statsOf(members, clock),
  };

  function atOwn(call: Call, next: Next, { own }: Group): Promise<Response> {
    return run(call, next, { member: own, lane: own.lanes.of(call) }, { members, options: resolved });
  }
}

/** Why a call goes to where its client points, whoever else there is. */
function whyOwn(call: Call, { candidates, pinned }: Group, { moveStored }: ResolvedRoutingOptions): string | undefined {
  if (candidates.length === 0) return `the client is pinned to ${pinned}, and no endpoint of that region is named`;
  return whyItStays(call, moveStored);
}

function described({ own, endpoints, ejectAfter, maxEjectedRatio }: ResolvedRoutingOptions): string {
  const regionOf = (region: string | undefined): string => (region === undefined ? '' : ` (${region})`);
  const names = endpoints.map(({ endpoint: { name, region } }) => name + regionOf(region));
  if (own !== undefined) names.unshift(`own${regionOf(own.region)}`);
  const inARow = ejectAfter === 0 ? '' : `after ${ejectAfter} failures in a row, `;
  return `${names.join(', ')}; ejects ${inARow}at most ${Math.round(maxEjectedRatio * 100)} % of them`;
}
