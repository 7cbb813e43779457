import type { Ending, Usage } from '@holdfast/core';
import { countOf, entryOf, type StoryEntry, type StoryFault } from './entry.ts';
import { plain } from './plain.ts';
import { answeringOf, lastKnownMs } from './times.ts';

/** A call, with all that is known of it. Every text in it is plain. */
export interface Story {
  readonly callId: string;
  readonly service: string;
  /** In the order in which they began. */
  readonly entries: readonly StoryEntry[];
  /** Entries that the journey had no room for. */
  readonly dropped: number;
  /** `undefined` while it is under way, and where nobody told. */
  readonly ending?: Ending | undefined;
  /** It has not ended yet: a request is, or the body of the answer is. */
  readonly isUnderWay: boolean;
  /** From its start to its end, or until now. */
  readonly durationMs: number;
  readonly operation?: string | undefined;
  /** The model that was asked for. */
  readonly model?: string | undefined;
  /** The model that answered. */
  readonly answeredBy?: string | undefined;
  readonly status?: number | undefined;
  readonly fault?: StoryFault | undefined;
  readonly usage?: Usage | undefined;
  /** When it was written down, as ISO 8601. */
  readonly at?: string | undefined;
}

/** What a journey says, from memory or from JSON. */
export interface Told {
  readonly callId: unknown;
  readonly service: unknown;
  readonly entries: readonly unknown[];
  readonly dropped: unknown;
}

/** A story as far as its journey tells it. */
export function fromEntries({ callId, service, entries: given, dropped }: Told): Story {
  const entries = given
    .map(entryOf)
    .filter((entry) => entry !== undefined)
    .toSorted((one, other) => one.atMs - other.atMs);
  const attempts = entries.filter((entry) => entry.type === 'attempt');
  return {
    callId: plain(callId),
    service: plain(service),
    entries,
    dropped: countOf(dropped) ?? 0,
    isUnderWay: attempts.some(({ durationMs, fault }) => durationMs === undefined && fault === undefined),
    durationMs: lastKnownMs(entries),
    model: attempts[0]?.model,
    answeredBy: answeringOf(entries, undefined)?.model,
  };
}
