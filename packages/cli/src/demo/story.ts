import { explain, journeyOf, type Journey } from 'holdfast';
import type { CallResult } from './call.ts';
import type { Phase } from './day.ts';

/** One call that would have failed, and what saved it. */
export interface Story {
  readonly phase: Phase;
  readonly journey: Journey;
}

/** Keeps the most telling of the calls that were saved. */
export class Storyteller {
  #best: (Story & { readonly worth: number }) | undefined;

  /** The best so far; `undefined` while no call had to be saved. */
  get best(): Story | undefined {
    return this.#best;
  }

  hear(result: CallResult, phase: Phase): void {
    const journey = journeyOf(result.source);
    if (journey === undefined) return;
    const worth = worthOf(journey);
    if (worth > (this.#best?.worth ?? 0)) this.#best = { worth, phase, journey };
  }
}

/** Another model says more than another key, and that more than a retry; a wait before it adds to the story. */
function worthOf({ entries, attempts }: Journey): number {
  if (attempts < 2 || attempts > 5) return 0;
  const has = (layer: string): boolean => entries.some((entry) => entry.type !== 'attempt' && entry.layer === layer);
  return (has('fallback') ? 4 : 0) + (has('auth') ? 2 : 0) + (has('retry') ? 1 : 0);
}

/** The story in lines of at most `columns`. */
export const tellStory = ({ phase, journey }: Story, columns: number): string[] => [
  `One call that was saved (${phase.name}), as explain(response) tells it:`,
  ...explain(journey, { width: Math.max(narrowest, columns) }).split('\n'),
];

/** Narrower is not explained. */
const narrowest = 20;
