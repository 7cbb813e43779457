import { faultOf, type Call, type Clock, type Middleware, type Next } from '@holdfast/core';
import { mayHedge } from './may-hedge.ts';
import { resolveHedgeOptions, type HedgeOptions, type ResolvedHedgeOptions } from './options.ts';
import { Paces, type Pace } from './pace.ts';
import { race } from './race.ts';
import { Share } from './share.ts';
import { statsOf, Tally, type HedgeStats } from './tally.ts';

/** The layer, and what it has done. */
export interface HedgeMiddleware extends Middleware {
  stats(): HedgeStats;
}

/**
 * Sends a call a second time when its answer takes longer than nearly all before it, and hands over whichever answer
 * is there first; the other request is given up at once. A few second requests make the slowest calls about as fast as
 * the rest. They stay within a share of the calls, go only where there is room, and stop while everything is slow.
 *
 * Streams are held until their first content, as only until then one can take the place of the other.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function hedge(options: HedgeOptions = {}): HedgeMiddleware {
  const resolved = resolveHedgeOptions(options);
  const paces = new Paces(resolved);
  const tally = new Tally();
  const track = { options: resolved, share: new Share(resolved.maxShare, resolved.burst), tally };
  let clock: Clock | undefined;
  return {
    name: 'hedge',
    layer: 'hedge',
    handle(call, next) {
      if (!mayHedge(call, resolved)) return next(call);
      ({ clock } = call);
      tally.calls++;
      track.share.earn();
      const pace = paces.of(call);
      const held = call.body.stream && call.holdBack === undefined ? call.with({ holdBack: {} }) : call;
      const delayMs = pace.delayMs();
      return delayMs === undefined || delayMs >= call.remainingMs()
        ? timed(held, next, pace)
        : race({ ...track, call: held, next, pace, delayMs });
    },
    describe: () => described(resolved),
    stats: () => statsOf(tally, paces, clock),
  };
}

/** Sends a call once, and learns how long good answers take. */
function timed(call: Call, next: Next, pace: Pace): Promise<Response> {
  const { clock } = call;
  const startMs = clock.monotonic();
  return next(call).then((response) => {
    const nowMs = clock.monotonic();
    if (faultOf(response) === undefined) pace.observe(nowMs - startMs, nowMs);
    return response;
  });
}

function described({ percentile, maxShare, minimumCalls, operations }: ResolvedHedgeOptions): string {
  const share = `at most ${Math.round(maxShare * 1000) / 10} % of the calls twice`;
  return `after p${percentile * 100}, from ${minimumCalls} calls on, ${share}; ${[...operations].join(', ')}`;
}
