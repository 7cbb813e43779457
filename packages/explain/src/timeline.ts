import { barsOf, type BarStyle } from './bar.ts';
import type { StoryAttempt, StoryEntry } from './entry.ts';
import type { Story } from './told.ts';
import { bodyOf, lengthOf, type BodySpan } from './times.ts';
import { placeOf } from './where.ts';
import { counted, durationText } from './words.ts';

/** A line of a timeline: when, a bar, and what. */
export interface Row {
  readonly at: string;
  readonly bar: string;
  readonly what: string;
  readonly tone: 'good' | 'bad' | 'quiet';
}

/** Rows that are shown at the beginning and at the end of a long story. */
const shown = 20;

/** The rows of a story. What lies in the middle of a long one is counted. */
export function timelineOf(story: Story, style: BarStyle): readonly Row[] {
  const { entries, dropped } = story;
  const barOf = barsOf(story, style);
  const body = bodyOf(story);
  const row = (entry: StoryEntry): Row => ({
    at: durationText(entry.atMs),
    bar: barOf(entry),
    what: whatOf(entry, { story, body }),
    tone: toneOf(entry),
  });
  const lost = dropped === 0 ? [] : [note(`and ${dropped} more that the journey had no room for`)];
  if (entries.length <= 2 * shown + 1) return [...entries.map(row), ...lost];
  const folded = note(`${foldedText(entries.slice(shown, -shown))} not shown`);
  return [...entries.slice(0, shown).map(row), folded, ...entries.slice(-shown).map(row), ...lost];
}

const note = (what: string): Row => ({ at: '', bar: '', what, tone: 'quiet' });

const kinds = ['attempt', 'wait', 'refusal', 'decision'] as const;

/** E.g. `12 attempts, 11 waits`. */
function foldedText(entries: readonly StoryEntry[]): string {
  const counts = kinds.map((kind) => [kind, entries.filter(({ type }) => type === kind).length] as const);
  return counts.flatMap(([kind, count]) => (count === 0 ? [] : [counted(count, kind)])).join(', ');
}

interface Around {
  readonly story: Story;
  readonly body: BodySpan | undefined;
}

function whatOf(entry: StoryEntry, around: Around): string {
  if (entry.type === 'attempt') return attemptText(entry, around);
  if (entry.type === 'wait') return `${entry.layer} waits ${durationText(entry.delayMs)}: ${entry.reason}`;
  if (entry.type === 'refusal') return `${entry.layer} refuses, ${entry.code}: ${entry.reason}`;
  return `${entry.layer}: ${entry.action.replaceAll('_', ' ')} (${entry.reason})`;
}

function attemptText(entry: StoryAttempt, { story, body }: Around): string {
  const { number, credential, status, fault, requestId } = entry;
  const place = placeOf(entry) + (credential === undefined ? '' : ` with ${credential}`);
  const code = fault?.code === fault?.kind ? undefined : fault?.code;
  const how = [status, fault?.kind, code].filter((part) => part !== undefined);
  const lengthMs = lengthOf(entry);
  if (lengthMs === undefined)
    how.push(story.isUnderWay ? `under way for ${durationText(story.durationMs - entry.atMs)}` : 'given up');
  else how.push(`${how.length === 0 ? 'no answer ' : ''}in ${durationText(lengthMs)}`);
  const read = body?.of === entry ? `, body ${durationText(body.untilMs - body.fromMs)}` : '';
  const unread = read !== '' && story.isUnderWay ? ' so far' : '';
  return `${number}. ${place}: ${how.join(' ')}${read}${unread}${requestId === undefined ? '' : ` (${requestId})`}`;
}

function toneOf(entry: StoryEntry): Row['tone'] {
  if (entry.type === 'refusal') return 'bad';
  if (entry.type !== 'attempt') return 'quiet';
  // Whoever gave a request up did not need its answer any more.
  if (entry.fault?.kind === 'aborted') return 'quiet';
  if (entry.fault !== undefined) return 'bad';
  return entry.status === undefined ? 'quiet' : 'good';
}
