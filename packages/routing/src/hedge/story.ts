import { announce } from '@holdfast/core';
import type { Branch } from './branch.ts';
import type { HedgeEvent } from './options.ts';
import type { Start } from './start.ts';
import type { Held } from './why-not.ts';

/** How a race of two requests ended. */
interface Decided {
  readonly first: Branch;
  readonly second: Branch;
  readonly winner: Branch;
  readonly loser: Branch;
}

const held: Readonly<Record<Held, string>> = {
  suppressedBySlowness: 'far more calls than usual take as long, and a second request would, too',
  suppressedByWait: 'the first is waiting on purpose',
  suppressedByShare: 'the share of calls that may be sent twice is spent',
};

/** Puts on record that a second request goes out, and why now. */
export function tellSent({ call, pace, delayMs, options: { percentile } }: Start): void {
  const share = `${Math.round(percentile * 1000) / 10} % of the answers`;
  const within = `${share} begin within ${round(pace.percentileMs() ?? delayMs)} ms`;
  call.journey.decision('hedge', 'second request', `no answer after ${round(delayMs)} ms, and ${within}`);
}

/** Puts on record why no second request goes out. */
export function tellHeld({ call, delayMs }: Start, reason: Held): void {
  call.journey.decision('hedge', 'held back', `no answer after ${round(delayMs)} ms, but ${held[reason]}`);
}

/** Puts on record whose answer the caller gets, and tells whoever wants to know. */
export function tellDecided({ call, pace, delayMs, options, tally }: Start, race: Decided): void {
  const { first, winner, loser } = race;
  const won: HedgeEvent['won'] = !winner.isGood ? 'neither' : winner === first ? 'first' : 'second';
  if (won === 'second') tally.wonBySecond++;
  tally.discardedMs += loser.ranMs;
  call.journey.decision('hedge', actions[won], reasonOf(race, won));
  const { model, operation, streamed } = pace;
  const named = { callId: call.id, service: call.service, operation, model, streamed };
  announce(call.context, 'hedge.onHedge', options.onHedge, {
    ...named,
    afterMs: delayMs,
    won,
    loserRanMs: loser.ranMs,
  });
}

const actions: Readonly<Record<HedgeEvent['won'], string>> = {
  first: 'the first won',
  second: 'the second won',
  neither: 'both failed',
};

function reasonOf({ first, second, winner, loser }: Decided, won: HedgeEvent['won']): string {
  if (won === 'neither') return `${ending(first)} and ${ending(second)}; the caller gets what became of the first`;
  const other = winner === first ? 'the second' : 'the first';
  const fate = loser.result?.fault === undefined ? 'was given up' : `failed (${loser.result.fault.kind})`;
  return `answered after ${round(winner.ranMs)} ms; ${other} ${fate} after ${round(loser.ranMs)} ms`;
}

const ending = ({ result }: Branch): string => result?.fault?.kind ?? 'no answer';

const round = Math.round;
