import { journeyOf, type Journey, type JourneyEntry } from 'holdfast';
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
export function tellStory({ phase, journey }: Story, columns: number): string[] {
  const lines = journey.entries.map((entry) => `  ${String(Math.round(entry.atMs)).padStart(5)} ms  ${wordsOf(entry)}`);
  const title = `One call that was saved (${phase.name}), as journeyOf(response) tells it:`;
  return [title, ...lines].map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));
}

function wordsOf(entry: JourneyEntry): string {
  if (entry.type === 'wait') return `wait     ${Math.round(entry.delayMs)} ms: ${entry.reason}`;
  if (entry.type === 'refusal') return `refusal  ${entry.layer}, ${entry.code}: ${entry.reason}`;
  if (entry.type === 'decision') return `decision ${entry.layer}, ${entry.action}: ${entry.reason}`;
  const { number, model, credential, status, fault } = entry;
  const parts = [
    `attempt  ${number}`,
    model,
    credential && `with ${credential}`,
    `→ ${status ?? 'no answer'}`,
    fault?.kind,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}
