import { boundToProject, residencyOf, type Call, type Fault, type FaultKind } from '@holdfast/core';
import type { Rung } from './ladders.ts';
import type { Models } from './models/catalog.ts';
import type { ResolvedFallbackOptions } from './options.ts';

/**
 * Why `rung` is not to be tried after `fault`, as the rest of a sentence; `undefined` if it is.
 *
 * A fault decides by what could be better elsewhere: a spent account at another endpoint, a long context with a
 * larger window, a spent budget with a cheaper model.
 */
export function reasonToSkip(
  call: Call,
  rung: Rung,
  {
    fault,
    options,
    models,
  }: { readonly fault: Fault; readonly options: ResolvedFallbackOptions; readonly models: Models },
): string | undefined {
  if (mayBeDoneTwice(call, fault))
    return `${fault.kind}, and the background response may have been created; another would be one too many`;
  if (rung.when !== undefined) {
    if (!rung.when.includes(fault.kind)) return `it is for ${rung.when.join(', ')}, and this is ${fault.kind}`;
  } else {
    const useless = whyNoBetter(call, rung, fault, models);
    if (useless !== undefined) return useless;
  }
  return rung.endpoint === undefined ? undefined : (whyNotElsewhere(call, rung, options) ?? boundToProject(call));
}

/** What goes on in the background goes on whether anybody got to know of it or not. */
function mayBeDoneTwice({ route, body }: Call, { kind, status, neverSent }: Fault): boolean {
  const isUnknown = kind === 'network' || kind === 'timeout' || kind === 'stream_interrupted';
  if (!isUnknown || status !== undefined || neverSent === true || route.operation !== 'responses') return false;
  return body.fields(['background'])['background'] === true;
}

function whyNoBetter(call: Call, rung: Rung, fault: Fault, models: Models): string | undefined {
  const isElsewhere = rung.endpoint !== undefined;
  const [from, to] = [models(call.body.model ?? ''), models(rung.model)];
  switch (fault.kind) {
    case 'context_length': {
      const isLarger = (to?.contextTokens ?? 0) > (from?.contextTokens ?? Number.POSITIVE_INFINITY);
      return isLarger ? undefined : 'its context is not known to be larger';
    }
    case 'budget_exceeded': {
      const isCheaper = (to?.outputUsdPerMillion ?? Number.POSITIVE_INFINITY) < (from?.outputUsdPerMillion ?? 0);
      return isCheaper ? undefined : 'it is not known to be cheaper';
    }
    case 'quota_exhausted':
    case 'invalid_credential':
    case 'credentials_exhausted':
    case 'wrong_membership':
    case 'region_denied':
      return isElsewhere ? undefined : `${fault.kind} would be the same with another model of the same account`;
    default:
      return fault.fallsBack ? undefined : `${fault.kind} would be the same there`;
  }
}

/** Data may have to stay in its region. */
export function whyNotElsewhere(call: Call, rung: Rung, { regions }: ResolvedFallbackOptions): string | undefined {
  const [own] = call.root.binding.origins;
  const pinned = residencyOf(own ?? call.route.origin);
  const region = rung.endpoint?.region;
  if (pinned !== undefined && region !== pinned && !(region !== undefined && regions.includes(region)))
    return `the client is pinned to ${pinned}, and ${region ?? 'an endpoint without a region'} is not among fallback.regions`;
  return undefined;
}

/** Faults that mean a wait, and faults that mean a hang. */
const waits: readonly FaultKind[] = ['rate_limited', 'overloaded'];
const hangs: readonly FaultKind[] = ['timeout'];

/** Whether a call that is told to wait has anywhere else to go; where it has not, it waits as long as `retry` lets it. */
export const hasWayOut = (call: Call, ladder: readonly Rung[]): boolean => leadsElsewhere(call, ladder, waits);

/** Whether somebody else can be asked when a call hangs, so that time for that is worth keeping. */
export const hasRelief = (call: Call, ladder: readonly Rung[]): boolean => leadsElsewhere(call, ladder, hangs);

function leadsElsewhere(call: Call, ladder: readonly Rung[], kinds: readonly FaultKind[]): boolean {
  const isForThem = ({ when }: Rung): boolean => when === undefined || kinds.some((kind) => when.includes(kind));
  if (ladder.some((rung) => rung.endpoint === undefined && isForThem(rung))) return true;
  return ladder.some(isForThem) && boundToProject(call) === undefined;
}
