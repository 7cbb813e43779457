import { faults, type Fault } from './storm-far-end.ts';

/** When a call is given up; `leave` reads a little and goes, `after` comes when all is over. */
export type Moment = 'never' | 'before' | 'connecting' | 'soon' | 'body' | 'leave' | 'after';

/** How a call is made, and how its answer is read. */
export const manners = {
  raw: ['text', 'json', 'bytes', 'reader', 'iterate', 'clone', 'upload'],
  client: ['create', 'stream', 'asResponse', 'helper'],
} as const;
export type Manner = (typeof manners)['raw' | 'client'][number];

/** One call of a storm. */
export interface Plan {
  readonly manner: Manner;
  readonly fault: Fault;
  readonly moment: Moment;
  /** Turns of the event loop before `soon`. */
  readonly turns: number;
  /** Whether its signal is one that outlives it. */
  readonly isShared: boolean;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const moments: readonly Moment[] = ['before', 'connecting', 'soon', 'soon', 'body', 'body', 'leave', 'after'];

/** The next call: half of them by the client, half of them undisturbed, half of them given up at some moment. */
export function drawn(random: () => number): Plan {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const manner = random() < 0.5 ? pick(manners.raw) : pick(manners.client);
  const fault = random() < 0.5 ? 'none' : pick(faults);
  const wanted = random() < 0.5 ? 'never' : pick(moments);
  const moment = patient(fault, wanted);
  return { manner, fault, moment, turns: Math.floor(random() * 6), isShared: moment === 'never' && random() < 0.3 };
}

/** Nobody waits for ever. */
function patient(fault: Fault, moment: Moment): Moment {
  const isGivenUp = moment === 'before' || moment === 'connecting' || moment === 'soon';
  return (fault === 'hang' || fault === 'stall') && !isGivenUp ? 'soon' : moment;
}
