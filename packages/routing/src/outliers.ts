import type { Member } from './member.ts';
import type { Members } from './members.ts';
import type { ResolvedRoutingOptions } from './options.ts';

/** An endpoint was ejected: why, and for how long. */
export interface Ejection {
  readonly because: string;
  readonly forMs: number;
}

/**
 * Judges an endpoint by how a call to it ended. Ejects it when its calls fail in a row or far oftener than those of
 * the others, but never more than a share of all, and never the last one: whoever is left takes all the traffic, and
 * what fails everywhere is not the fault of an endpoint.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier — the model
 */
export function judge(
  member: Member,
  members: Members,
  { isFailure, nowMs, options }: { isFailure: boolean; nowMs: number; options: ResolvedRoutingOptions },
): Ejection | undefined {
  const { health } = member;
  if (health.isEjected(nowMs)) return undefined;
  health.note(isFailure, nowMs);
  if (!isFailure) return undefined;
  const because = whyOutlier(member, members, nowMs, options);
  if (because === undefined || !members.canSpare(member, nowMs)) return undefined;
  return { because, forMs: health.eject(nowMs) };
}

function whyOutlier(
  member: Member,
  members: Members,
  nowMs: number,
  { ejectAfter, minimumCalls, outlierThreshold }: ResolvedRoutingOptions,
): string | undefined {
  const { inARow, window } = member.health;
  if (ejectAfter > 0 && inARow >= ejectAfter) return `${inARow} calls in a row failed`;
  const failures = window.failures(nowMs);
  const calls = failures + window.successes(nowMs);
  const others = members.successesBeside(member, nowMs);
  if (calls < minimumCalls || others.calls < minimumCalls) return undefined;
  const [own, theirs] = [1 - failures / calls, others.successes / others.calls];
  if (theirs - own < outlierThreshold) return undefined;
  return `${percent(own)} of its calls succeed, and ${percent(theirs)} of those of the others`;
}

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
