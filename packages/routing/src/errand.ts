import {
  faultOf,
  announce,
  observe,
  onFirstContent,
  type Call,
  type Context,
  type Fault,
  type Next,
  type Outcome,
} from '@holdfast/core';
import type { Candidate } from './choose.ts';
import type { Members } from './members.ts';
import type { ResolvedRoutingOptions } from './options.ts';
import { judge } from './outliers.ts';

/** What an errand is run with. */
export interface Surroundings {
  readonly members: Members;
  readonly options: ResolvedRoutingOptions;
}

/**
 * Whether a fault speaks about the place and not about the request, and no work was done there: a refused key, a spent
 * limit, a model that is not there, an open circuit. Then somebody else can be asked at once.
 */
export const movesOn = ({ scope, trips }: Fault): boolean => scope !== 'request' && !trips;

/** Sends an aimed call, and learns from it: how long the answer took to begin, what is left, and how it ended. */
export async function run(aimed: Call, next: Next, to: Candidate, surroundings: Surroundings): Promise<Response> {
  const { member, lane } = to;
  const { context, clock, journey } = aimed;
  const { epoch } = member.health;
  const startMs = clock.monotonic();
  member.inFlight++;
  member.awaited.add(journey);
  surroundings.members.give(member);
  let response: Response;
  try {
    response = await observe(aimed, next, (outcome) => {
      member.inFlight--;
      settled(to, outcome, { epoch, startMs, context, ...surroundings });
    });
  } catch (error) {
    const nowMs = clock.monotonic();
    // However it ended, nothing came for so long.
    lane.latency.raise(nowMs - startMs, nowMs);
    throw error;
  } finally {
    member.awaited.delete(journey);
  }
  const nowMs = clock.monotonic();
  const fault = faultOf(response);
  if (fault === undefined) {
    lane.headroom.read(response.headers, nowMs);
    // A beginning that was kept back has passed already.
    if (!aimed.body.stream || aimed.holdBack !== undefined) lane.latency.observe(nowMs - startMs, nowMs);
    else onFirstContent(response, (elapsedMs) => lane.latency.observe(elapsedMs, clock.monotonic()));
  } else if (movesOn(fault)) {
    const { restMs, maxEjectMs } = surroundings.options;
    lane.rest(nowMs + Math.min(fault.retryAfterMs ?? restMs, maxEjectMs));
  }
  return response;
}

interface Ended extends Surroundings {
  readonly epoch: number;
  readonly startMs: number;
  readonly context: Context;
}

/** The body has ended, or there is none. */
function settled({ member, lane }: Candidate, outcome: Outcome, ended: Ended): void {
  const { epoch, startMs, context, members, options } = ended;
  const isFailure = outcome.fault?.trips === true;
  if (!outcome.ok && !isFailure) return;
  const nowMs = context.clock.monotonic();
  if (isFailure) lane.latency.distrust(nowMs);
  else if (lane.latency.isUnknown) lane.latency.observe(outcome.firstEventMs ?? nowMs - startMs, nowMs);
  // It says how things were before the ejection, and that has been dealt with.
  if (epoch !== member.health.epoch) return;
  const ejection = judge(member, members, { isFailure, nowMs, options });
  if (ejection === undefined) return;
  const { name, origin, region } = member;
  const event = { service: context.service, endpoint: name, origin, region, ...ejection };
  announce(context, 'routing.onEjected', options.onEjected, event);
}
