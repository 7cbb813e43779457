import type { StoryEntry } from './entry.ts';
import { bodyOf, lengthOf, type BodySpan } from './times.ts';
import type { Story } from './told.ts';

/** What bars are made of: a request, the body of its answer, a wait, and what takes no time. */
const marks = {
  unicode: { attempt: '█', body: '▒', wait: '·', instant: '│' },
  ascii: { attempt: '#', body: '=', wait: '.', instant: '|' },
} as const;

/** How bars are drawn. */
export interface BarStyle {
  /** Columns of the whole call; with 0 there are no bars. */
  readonly width: number;
  readonly ascii: boolean;
}

/** Draws the bar of an entry, to the scale of the whole call. */
export function barsOf(story: Story, { width, ascii }: BarStyle): (entry: StoryEntry) => string {
  const body = bodyOf(story);
  // A call that took no time has the whole width for it.
  const totalMs = story.durationMs || 1;
  const mark = ascii ? marks.ascii : marks.unicode;
  const place = (ms: number): number => Math.min(width, Math.max(0, Math.round((ms / totalMs) * width)));
  const span = (fromMs: number, untilMs: number): readonly [number, number] => {
    const from = Math.min(place(fromMs), width - 1);
    return [from, Math.max(from + 1, place(untilMs))];
  };
  return (entry) => {
    if (width === 0) return '';
    const [from, until] = span(entry.atMs, entry.atMs + (lengthOf(entry) ?? totalMs - entry.atMs));
    const blank = ' '.repeat(from);
    if (entry.type === 'wait') return blank + mark.wait.repeat(until - from);
    if (entry.type !== 'attempt') return blank + mark.instant;
    return blank + mark.attempt.repeat(until - from) + tail(entry, body, { until, place, mark: mark.body });
  };
}

function tail(
  entry: StoryEntry,
  body: BodySpan | undefined,
  { until, place, mark }: { readonly until: number; readonly place: (ms: number) => number; readonly mark: string },
): string {
  return body?.of === entry ? mark.repeat(Math.max(0, place(body.untilMs) - until)) : '';
}
