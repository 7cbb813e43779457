import {
  conclude,
  discard,
  faultOf,
  faultOfThrown,
  type Attempt,
  type Call,
  type Fault,
  type Journey,
  type Next,
} from '@holdfast/core';
import { choose, type Candidate, type Choice } from './choose.ts';
import { movesOn, run, type Surroundings } from './errand.ts';
import type { Member } from './member.ts';
import type { Group } from './members.ts';
import { nowhere } from './nowhere.ts';

/** Where calls have failed, for their next attempts. Goes with the call, and holds none that went well. */
export type Scars = WeakMap<Journey, Member[]>;

/** One attempt of a call, on its way to an endpoint. */
export interface Walk extends Surroundings {
  readonly call: Call;
  readonly next: Next;
  readonly group: Group;
  readonly scars: Scars;
}

/** Asks one endpoint, and where that turned out to be unable to take the call, the next one. */
export async function walk(path: Walk): Promise<Response> {
  const { call, next, group } = path;
  const left = group.candidates.map((member): Candidate => ({ member, lane: member.lanes.of(call) }));
  let kept: Attempt | undefined;
  for (;;) {
    const choice = pick(path, left);
    if (choice === undefined || (choice.isLast && (kept !== undefined || call.isHedge))) break;
    left.splice(
      left.findIndex(({ member }) => member === choice.member),
      1,
    );
    const aimed = await aim(path, choice);
    if (aimed === undefined) continue;
    record(path, choice);
    const result = await asked(aimed, next, choice, path);
    if (result.fault === undefined) {
      if (kept?.response !== undefined) discard(kept.response);
      return conclude(result);
    }
    remember(path, choice.member);
    kept = worthier(kept, result);
    call.signal?.throwIfAborted();
    if (!goesOn(call, result.fault) || left.length === 0) break;
  }
  return kept === undefined ? nowhere(call, group) : conclude(kept);
}

/** Whether somebody else can be asked at once. A second request that was refused there is not sent a third time. */
const goesOn = (call: Call, fault: Fault): boolean =>
  movesOn(fault) && call.body.replayable && !(call.isHedge && fault.status !== undefined);

function pick({ call, scars }: Walk, left: readonly Candidate[]): Choice | undefined {
  const { clock, context, hints } = call;
  const failed = scars.get(call.journey) ?? none;
  // A second request is for another endpoint than the one that is slow with the first.
  const tried = call.isHedge ? [...failed, ...awaitedAt(call.journey, left)] : failed;
  return choose(left, { nowMs: clock.monotonic(), random: context.random, region: hints.region, tried });
}

const none: readonly Member[] = [];

const awaitedAt = (journey: Journey, left: readonly Candidate[]): Member[] =>
  left.flatMap(({ member }) => (member.awaited.has(journey) ? [member] : []));

/** The call as it goes there; `undefined`, with the reason on record, where the key of the place cannot be had. */
async function aim({ call, options }: Walk, { member, lane }: Choice): Promise<Call | undefined> {
  const aiming = member.aim(call);
  if (aiming === undefined) return call;
  try {
    return await aiming;
  } catch (error) {
    call.signal?.throwIfAborted();
    lane.rest(call.clock.monotonic() + options.restMs);
    // What it said may hold a part of the key.
    const name = error instanceof Error ? error.name : typeof error;
    call.journey.decision('routing', `skip ${member.name}`, `its key could not be had (${name})`);
    return undefined;
  }
}

/** Says where a call goes, if it could have gone elsewhere. */
function record({ call, group }: Walk, { member, reason }: Choice): void {
  if (group.candidates.length < 2 && member.isOwn) return;
  const { region } = call.hints;
  const wish = region !== undefined && member.region === region ? `, in region ${region}` : '';
  call.journey.decision('routing', member.name, reason + wish);
}

async function asked(aimed: Call, next: Next, to: Candidate, surroundings: Surroundings): Promise<Attempt> {
  try {
    const response = await run(aimed, next, to, surroundings);
    return { response, fault: faultOf(response) };
  } catch (error) {
    return { error, fault: faultOfThrown(aimed, error) };
  }
}

function remember({ call, scars }: Walk, member: Member): void {
  const failed = scars.get(call.journey);
  if (failed === undefined) scars.set(call.journey, [member]);
  else if (!failed.includes(member)) failed.push(member);
}

/** Which of two failures the caller gets: what can be retried soonest, and otherwise the first. */
function worthier(kept: Attempt | undefined, result: Attempt): Attempt {
  if (kept === undefined) return result;
  const [loser, winner] = waitOf(result) < waitOf(kept) ? [kept, result] : [result, kept];
  if (loser.response !== undefined) discard(loser.response);
  return winner;
}

const waitOf = ({ fault }: Attempt): number =>
  fault?.retryable === true ? (fault.retryAfterMs ?? 0) : Number.POSITIVE_INFINITY;
