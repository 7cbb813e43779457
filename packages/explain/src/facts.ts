import type { Ending, Usage } from '@holdfast/core';
import { adviceFor } from './advice.ts';
import type { StoryEntry, StoryFault } from './entry.ts';
import type { ResolvedExplainOptions } from './options.ts';
import type { Story } from './told.ts';
import { answeringOf, bodyOf, lengthOf } from './times.ts';
import { waitsOf } from './where.ts';

/** A story as JSON: the same facts as the text, in a shape that stays. What is not known is `null`. */
export interface StoryFacts {
  readonly callId: string;
  readonly service: string;
  /** When it was written down, as ISO 8601; only lines of an audit log know. */
  readonly at: string | null;
  /** E.g. `chat`; only lines of an audit log know. */
  readonly operation: string | null;
  /** The model that was asked for. */
  readonly model: string | null;
  /** The model that answered. */
  readonly answeredBy: string | null;
  /** `null` while it is under way, and where nobody told, as in a bare journey. */
  readonly ending: Ending | null;
  readonly isUnderWay: boolean;
  /** HTTP status of the answer that the caller got. */
  readonly status: number | null;
  readonly fault: StoryFault | null;
  /** From the start of the call to its end, or until now. */
  readonly durationMs: number;
  readonly attempts: number;
  /** Until headers came. Requests that went out beside each other count each for itself. */
  readonly attemptsMs: number;
  /** From the headers of the answer to the end of its body. */
  readonly bodyMs: number;
  /** By layer. */
  readonly waitsMs: Readonly<Record<string, number>>;
  /** Codes of all refusals, those that were got around included. */
  readonly refusals: readonly string[];
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  /** What to do about it. */
  readonly advice: string | null;
  /** As in the journey, with every `atMs` when the entry began. */
  readonly entries: readonly StoryEntry[];
  /** Entries that the journey had no room for. */
  readonly dropped: number;
}

/** Adds up what a story tells. */
export function factsOf(story: Story, { costOf }: Pick<ResolvedExplainOptions, 'costOf'>): StoryFacts {
  const { entries, durationMs } = story;
  const attempts = entries.filter((entry) => entry.type === 'attempt');
  const body = bodyOf(story);
  return {
    callId: story.callId,
    service: story.service,
    at: story.at ?? null,
    operation: story.operation ?? null,
    model: story.model ?? null,
    answeredBy: story.answeredBy ?? null,
    ending: story.ending ?? null,
    isUnderWay: story.isUnderWay,
    status: story.status ?? (story.ending === undefined ? answeringOf(entries, undefined)?.status : undefined) ?? null,
    fault: story.fault ?? null,
    durationMs,
    attempts: attempts.length,
    attemptsMs: attempts.reduce((sum, attempt) => sum + (lengthOf(attempt) ?? durationMs - attempt.atMs), 0),
    bodyMs: body === undefined ? 0 : body.untilMs - body.fromMs,
    waitsMs: waitsOf(story),
    refusals: entries.flatMap((entry) => (entry.type === 'refusal' ? [entry.code] : [])),
    usage: story.usage ?? null,
    costUsd: costOfStory(story, costOf),
    advice: adviceFor(story) ?? null,
    entries,
    dropped: story.dropped,
  };
}

function costOfStory({ usage, answeredBy, model }: Story, costOf: ResolvedExplainOptions['costOf']): number | null {
  const paid = answeredBy ?? model;
  if (costOf === undefined || usage === undefined || paid === undefined) return null;
  try {
    const usd = costOf(paid, usage);
    return typeof usd === 'number' && Number.isFinite(usd) && usd >= 0 ? usd : null;
  } catch {
    // A price list that fails must not hide how the call went.
    return null;
  }
}
