import type { Random } from '@holdfast/core';
import type { Lane } from './lane.ts';
import type { Member } from './member.ts';

/** How little a candidate is wanted; one that is worse in a higher bit is only taken where there is no other. */
const ejected = 8;
const exhausted = 4;
const triedBefore = 2;
const elsewhere = 1;

/** Loads that differ by less are about the same, as no latency is measured more precisely; then weights decide. */
const alikeRatio = 1.5;

/** Latencies below this, in milliseconds, are forgotten ones, and all alike. */
const leastMs = 1;

/** An endpoint that a call could go to, with what is known of it for the model of the call. */
export interface Candidate {
  readonly member: Member;
  readonly lane: Lane;
}

/** What is to be considered. */
export interface Wishes {
  readonly nowMs: number;
  readonly random: Random;
  /** Of the call's hints. */
  readonly region: string | undefined;
  /** Where this very call has failed, or is under way already. */
  readonly tried: readonly Member[];
}

/** An endpoint, and why. */
export interface Choice extends Candidate {
  readonly reason: string;
  /** It is taken because nobody else is left: it is ejected, or has no headroom. */
  readonly isLast: boolean;
}

/**
 * Power of two choices: of the best candidates two are drawn, by their weights, and the less loaded one is taken. As
 * good as asking all of them, and where many choose at once they do not all choose the same.
 *
 * @see Michael Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12 (10), 2001
 */
export function choose(candidates: readonly Candidate[], wishes: Wishes): Choice | undefined {
  let least = Number.POSITIVE_INFINITY;
  let best: Candidate[] = [];
  for (const candidate of candidates) {
    const burden = burdenOf(candidate, wishes);
    if (burden > least) continue;
    if (burden < least) best = [];
    least = burden;
    best.push(candidate);
  }
  const first = draw(best, wishes.random);
  if (first === undefined) return undefined;
  const isLast = least >= exhausted;
  const second = best.length < 2 ? undefined : draw(best, wishes.random, first);
  if (second === undefined)
    return { ...first, isLast, reason: `the only one of ${candidates.length} ${wanted(least)}` };
  return { ...compared(first, second, wishes.nowMs), isLast };
}

/** How loaded a candidate is: how long an answer takes, times those who wait for one, by how much it takes. */
export function loadOf({ member, lane }: Candidate, nowMs: number): number {
  const latencyMs = lane.latency.valueMs(nowMs);
  // Nothing is known yet: one call finds out, and nobody follows before it has.
  if (latencyMs === undefined) return member.inFlight === 0 ? 0 : Number.POSITIVE_INFINITY;
  return (
    (Math.max(latencyMs, leastMs) * (1 + member.inFlight / member.weight)) / Math.max(lane.headroom.ratio(nowMs), 1e-3)
  );
}

/** What a candidate has against it, as a number. */
export function burdenOf({ member, lane }: Candidate, { nowMs, region, tried }: Wishes): number {
  const isFull = member.inFlight >= member.maxInFlight || nowMs < lane.restsUntilMs;
  return (
    (member.health.isEjected(nowMs) ? ejected : 0) |
    (isFull || lane.headroom.ratio(nowMs) === 0 ? exhausted : 0) |
    (tried.includes(member) ? triedBefore : 0) |
    (region !== undefined && member.region !== region ? elsewhere : 0)
  );
}

function compared(first: Candidate, second: Candidate, nowMs: number): Candidate & { readonly reason: string } {
  const [a, b] = [loadOf(first, nowMs), loadOf(second, nowMs)];
  const isAlike = a === b || (a < b * alikeRatio && b < a * alikeRatio);
  const isFirst = isAlike
    ? first.member.sent / first.member.weight <= second.member.sent / second.member.weight
    : a < b;
  const [better, worse] = isFirst ? [first, second] : [second, first];
  const reason = isAlike
    ? `as loaded as ${worse.member.name}, and its turn`
    : `less loaded than ${worse.member.name}: ${Math.round(isFirst ? a : b)} to ${Math.round(isFirst ? b : a)}`;
  return { member: better.member, lane: better.lane, reason };
}

/** Draws by weight, not `other`. */
function draw(from: readonly Candidate[], random: Random, other?: Candidate): Candidate | undefined {
  if (from.length === 1) return from[0];
  let total = 0;
  for (const candidate of from) if (candidate !== other) total += candidate.member.weight;
  let left = random() * total;
  let last: Candidate | undefined;
  for (const candidate of from) {
    if (candidate === other) continue;
    last = candidate;
    left -= candidate.member.weight;
    if (left < 0) break;
  }
  return last;
}

function wanted(burden: number): string {
  if (burden >= ejected) return 'that is left, though ejected';
  if (burden >= exhausted) return 'that is left, though without headroom';
  return 'to be asked now';
}
