import type { StoryAttempt, StoryEntry } from './entry.ts';

/** How long an entry took, in milliseconds; `undefined` for a request under way. */
export function lengthOf(entry: StoryEntry): number | undefined {
  if (entry.type === 'attempt') return entry.fault === undefined ? entry.durationMs : (entry.durationMs ?? 0);
  return entry.type === 'wait' ? entry.delayMs : 0;
}

/** When the last of what is known ends, in milliseconds from the start of the call. */
export const lastKnownMs = (entries: readonly StoryEntry[]): number =>
  entries.reduce((latest, entry) => Math.max(latest, entry.atMs + (lengthOf(entry) ?? 0)), 0);

/** The request that began last. */
export const lastAttemptOf = (entries: readonly StoryEntry[]): StoryAttempt | undefined =>
  entries.findLast((entry) => entry.type === 'attempt');

/** The request whose answer the caller got: the last one with this status, or the last one that went well. */
export const answeringOf = (entries: readonly StoryEntry[], status: number | undefined): StoryAttempt | undefined =>
  entries.findLast(
    (entry): entry is StoryAttempt =>
      entry.type === 'attempt' &&
      (status === undefined ? entry.fault === undefined && entry.status !== undefined : entry.status === status),
  );

/** Where the body of an answer lies on the way, in milliseconds from the start of the call. */
export interface BodySpan {
  readonly of: StoryAttempt;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The time from the headers of the answer to the end of its body; `undefined` where there is none to speak of. */
export function bodyOf(story: {
  readonly entries: readonly StoryEntry[];
  readonly status?: number | undefined;
  readonly durationMs: number;
  readonly isUnderWay: boolean;
  readonly ending?: string | undefined;
}): BodySpan | undefined {
  if (story.ending === undefined && !story.isUnderWay) return undefined;
  // Without a status there was no answer, unless it is still on its way.
  if (story.status === undefined && !story.isUnderWay) return undefined;
  const of = answeringOf(story.entries, story.status);
  if (of?.durationMs === undefined) return undefined;
  const fromMs = of.atMs + of.durationMs;
  return story.durationMs - fromMs >= 1 ? { of, fromMs, untilMs: story.durationMs } : undefined;
}
