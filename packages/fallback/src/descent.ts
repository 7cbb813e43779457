import {
  attempt,
  boundToProject,
  conclude,
  discard,
  announce,
  refuse,
  type Attempt,
  type Call,
  type FailedAttempt,
  type Fault,
  type Next,
} from '@holdfast/core';
import { aimedAt, announceChanges } from './aimed.ts';
import type { Rung } from './ladders.ts';
import type { ResolvedFallbackOptions } from './options.ts';
import { poorAnswer } from './quality.ts';
import { reasonToSkip } from './reason-to-skip.ts';
import { untilFor } from './reserve.ts';

/** A ladder to walk down, and how it went on its first rung. */
export interface Walk {
  readonly call: Call;
  readonly next: Next;
  readonly ladder: readonly Rung[];
  readonly options: ResolvedFallbackOptions;
}

/** A place whose circuit said no, and when it would say yes. */
interface Closed {
  readonly name: string;
  readonly call: Call;
  readonly waitMs: number;
}

/** Runs one rung; what a gate of the user's does not let pass is a failure. */
export async function judged(call: Call, next: Next, { quality }: ResolvedFallbackOptions): Promise<Attempt> {
  const result = await attempt(call, next);
  if (quality === undefined || result.response === undefined || result.fault !== undefined) return result;
  return { response: result.response, fault: await poorAnswer(call, result.response, quality) };
}

/** Asks the rest of the ladder. When nobody answers, the caller gets how it went on the first rung. */
export async function descend(walk: Walk, primary: FailedAttempt): Promise<Response> {
  const { call, ladder, options } = walk;
  const asked = call.body.model as string;
  const closed = [closedBy(asked, call, primary.fault)];
  let from = asked;
  let fault: Fault = primary.fault;
  for (const rung of call.body.replayable ? ladder : []) {
    const step = await stepTo(rung, walk, { primary: primary.fault, from });
    if (step === undefined) continue;
    tellOf(call, { from, to: rung.name, fault }, options);
    announceChanges(call, { from, to: rung.name, changes: step.changes }, options);
    const isLast = rung === ladder.at(-1);
    const bounds = isLast
      ? { patienceMs: undefined, until: call.until }
      : { patienceMs: options.patienceMs, until: untilFor(call, options) };
    const result = await judged(step.call.with(bounds), walk.next, options);
    if (result.fault === undefined) return won(result, primary);
    if (result.response !== undefined) discard(result.response);
    call.signal?.throwIfAborted();
    closed.push(closedBy(rung.name, step.call, result.fault));
    if (blamesRequest(primary.fault, result.fault)) {
      call.journey.decision('fallback', 'stop', 'the same request failed alike at two places, so it is to blame');
      break;
    }
    from = rung.name;
    fault = result.fault;
  }
  return (await lastResort(walk, primary, closed)) ?? stateBound(walk, primary) ?? conclude(primary);
}

/** The rung as a call to it, or `undefined` with the reason on record. */
async function stepTo(
  rung: Rung,
  { call, options }: Walk,
  { primary, from }: { readonly primary: Fault; readonly from: string },
): Promise<{ readonly call: Call; readonly changes: Parameters<typeof announceChanges>[1]['changes'] } | undefined> {
  const reason = reasonToSkip(call, rung, { fault: primary, options, models: await options.models() });
  const aimed = reason === undefined ? await aimedAt(call, rung, options) : { skip: reason };
  if (aimed.skip === undefined) return aimed;
  call.journey.decision('fallback', `skip ${rung.name}`, `${from}: ${primary.kind}; ${aimed.skip}`);
  return undefined;
}

function tellOf(
  call: Call,
  step: { readonly from: string; readonly to: string; readonly fault: Fault },
  options: ResolvedFallbackOptions,
): void {
  call.journey.decision('fallback', `model ${step.to}`, `${step.from}: ${step.fault.kind}`);
  const event = { callId: call.id, service: call.service, ...step };
  announce(call.context, 'fallback.onFallback', options.onFallback, event);
}

function won(result: Attempt, primary: FailedAttempt): Response {
  if (primary.response !== undefined) discard(primary.response);
  return conclude(result);
}

/** A bare 500 twice, from two places, is what a request does that nobody can digest. */
const blamesRequest = (first: Fault, second: Fault): boolean =>
  first.kind === 'server_error' && second.kind === 'server_error';

const closedBy = (name: string, call: Call, { kind, retryAfterMs }: Fault): Closed | undefined =>
  kind === 'circuit_open' ? { name, call, waitMs: retryAfterMs ?? Number.POSITIVE_INFINITY } : undefined;

/** Where every circuit is open, the one that would have been tried first is tried now: it cannot get worse. */
async function lastResort(
  { call, next, options }: Walk,
  primary: FailedAttempt,
  closed: readonly (Closed | undefined)[],
): Promise<Response | undefined> {
  if (closed.length < 2 || !closed.every((one): one is Closed => one !== undefined)) return undefined;
  const shortest = closed.reduce((best, one) => (one.waitMs < best.waitMs ? one : best));
  const wait = Number.isFinite(shortest.waitMs) ? `${Math.round(shortest.waitMs)} ms` : 'an unknown time';
  call.journey.decision(
    'fallback',
    `try ${shortest.name}`,
    `every rung is open, and this one for the shortest: ${wait}`,
  );
  const result = await judged(shortest.call.with({ forced: true }), next, options);
  if (result.fault === undefined) return won(result, primary);
  if (result.response !== undefined) discard(result.response);
  call.signal?.throwIfAborted();
  return undefined;
}

/** Says why nobody else was asked, where that was for what the request refers to. */
function stateBound({ call, ladder }: Walk, primary: FailedAttempt): Response | undefined {
  if (primary.fault.kind !== 'circuit_open' || !ladder.every(({ endpoint }) => endpoint !== undefined))
    return undefined;
  const reason = ladder.length === 0 ? undefined : boundToProject(call);
  if (reason === undefined) return undefined;
  if (primary.response !== undefined) discard(primary.response);
  const { retryAfterMs } = primary.fault;
  return refuse(call, {
    layer: 'fallback',
    code: 'state_bound',
    message:
      `The circuit of ${call.body.model ?? call.route.operation} at ${call.route.host} is open, and no other endpoint ` +
      `can answer: ${reason}.`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
