import {
  boundToProject,
  conclude,
  faultOf,
  recovering,
  type Call,
  type CallChanges,
  type HoldBack,
  type Middleware,
  type Next,
  type PlannedRung,
} from '@holdfast/core';
import { aimedAt } from './aimed.ts';
import { descend, judged, type Walk } from './descent.ts';
import { describeChanges } from './fit/describe-changes.ts';
import type { Rung } from './ladders.ts';
import { continuing } from './mid-stream/continue.ts';
import { mend, type Mend } from './mid-stream/mended-source.ts';
import { holdBackOf, type ResolvedMidStream } from './mid-stream/options.ts';
import { resuming } from './mid-stream/resume.ts';
import { resolveOptions, type FallbackOptions, type ResolvedFallbackOptions } from './options.ts';
import { hasRelief, hasWayOut, whyNotElsewhere } from './reason-to-skip.ts';
import { untilFor } from './reserve.ts';

const noRungs: readonly Rung[] = [];

/** A stream that is judged is kept back whole. */
const everything: HoldBack = Object.freeze({ tokens: Number.POSITIVE_INFINITY });

/**
 * Asks somebody else when the requested model cannot answer: its retries are exhausted, its circuit is open, it
 * does not exist. Another model, the same at another endpoint, or both, with parameters that it accepts. The body
 * is rewritten only then. When no rung answers, the caller gets the failure of the model that was asked for.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function fallback(options: FallbackOptions): Middleware {
  const resolved = resolveOptions(options);
  const { ladders, patienceMs, quality } = resolved;
  const ladderOf = (call: Call): readonly Rung[] | undefined => {
    const { operation } = call.route;
    // A fine-tuning or an assistant of another model is not what was asked for, and stays.
    if (operation === 'other' || operation === 'admin') return undefined;
    const { model } = call.body;
    return model === undefined ? undefined : ladders(model);
  };
  /** What the first rung is let, where there are others. */
  const boundsOf = (call: Call, ladder: readonly Rung[]): Pick<CallChanges, 'patienceMs' | 'until'> => ({
    patienceMs: hasWayOut(call, ladder) ? patienceMs : undefined,
    until: hasRelief(call, ladder) ? untilFor(call, resolved) : call.until,
  });
  const plain = (call: Call, next: Next, ladder: readonly Rung[]): Promise<Response> => {
    const walk: Walk = { call, next, ladder, options: resolved };
    const first = call.with(boundsOf(call, ladder));
    if (quality !== undefined) return gated(walk, first);
    return recovering(first, next, (primary) => descend(walk, primary));
  };
  const streamed = (call: Call, next: Next, ladder: readonly Rung[]): Promise<Response> => {
    const policy = resolved.midStream(call);
    const holdBack = quality === undefined ? holdBackOf(policy) : everything;
    return plain(call.with({ holdBack }), next, ladder).then((response) => {
      if (!response.ok) return response;
      // One that failed before it was let go of is told with what it had said, and not gone on with.
      return mend(call, response, faultOf(response) === undefined ? mendOf(call, next, policy) : undefined);
    });
  };
  return {
    name: 'fallback',
    layer: 'fallback',
    handle(call, next) {
      const ladder = ladderOf(call) ?? noRungs;
      if (call.body.stream && (ladder.length > 0 || options.midStream !== undefined))
        return streamed(call, next, ladder);
      return ladder.length === 0 ? next(call) : plain(call, next, ladder);
    },
    rungs: async (call) => plannedRungs(call, ladderOf(call) ?? [], resolved),
    describe: () => ladders.text,
  };
}

/** Who goes on for a stream that broke. */
function mendOf(call: Call, next: Next, { policy, maxMends }: ResolvedMidStream): Mend | undefined {
  if (policy === 'continue') return continuing(call, next, maxMends);
  return policy === 'resume' ? resuming(call, next, maxMends) : undefined;
}

async function gated(walk: Walk, first: Call): Promise<Response> {
  const primary = await judged(first, walk.next, walk.options);
  return primary.fault === undefined ? conclude(primary) : descend(walk, { ...primary, fault: primary.fault });
}

/** What would be asked, in order, and why not where not. */
async function plannedRungs(
  call: Call,
  ladder: readonly Rung[],
  options: ResolvedFallbackOptions,
): Promise<readonly PlannedRung[]> {
  const rungs: PlannedRung[] = [{ name: call.body.model ?? call.route.operation, call, notes: [] }];
  for (const rung of ladder) {
    const skip =
      rung.endpoint === undefined ? undefined : (whyNotElsewhere(call, rung, options) ?? boundToProject(call));
    const aimed = skip === undefined ? await aimedAt(call, rung, options) : { skip };
    const notes = rung.when === undefined ? [] : [`only after ${rung.when.join(', ')}`];
    if (aimed.skip !== undefined) rungs.push({ name: rung.name, skip: aimed.skip, notes });
    else {
      if (aimed.changes.length > 0) notes.push(describeChanges(aimed.changes));
      rungs.push({ name: rung.name, call: aimed.call, notes });
    }
  }
  return rungs;
}
