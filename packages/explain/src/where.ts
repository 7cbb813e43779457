import type { StoryAttempt } from './entry.ts';
import type { Story } from './told.ts';
import { bodyOf, lengthOf } from './times.ts';
import { durationText, hostOf } from './words.ts';

/** Where a request went: `gpt-5 at api.openai.com`. */
export const placeOf = ({ model, origin }: Pick<StoryAttempt, 'model' | 'origin'>): string =>
  [model ?? 'the request', ...(origin === '' ? [] : [`at ${hostOf(origin)}`])].join(' ');

/** Longest parts that are named. */
const named = 3;

/** Where the time of a call went, longest first; `undefined` where it cannot be told. */
export function timesText(story: Story): string | undefined {
  const { entries, durationMs } = story;
  const parts: { readonly ms: number; readonly what: string }[] = [];
  const waits = waitsOf(story);
  for (const [layer, ms] of Object.entries(waits)) parts.push({ ms, what: `waits of ${layer}` });
  for (const entry of entries)
    if (entry.type === 'attempt')
      parts.push({
        ms: Math.min(lengthOf(entry) ?? durationMs, durationMs - entry.atMs),
        what: `attempt ${entry.number} (${placeOf(entry)})`,
      });
  const body = bodyOf(story);
  if (body !== undefined) parts.push({ ms: body.untilMs - body.fromMs, what: 'the body of the answer' });
  const longest = parts
    .filter(({ ms }) => ms >= 1)
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, named)
    .map(({ ms, what }) => `${durationText(ms)} to ${what}`);
  const [first, ...others] = longest;
  if (first === undefined) return undefined;
  return `Of ${durationText(durationMs)}, ${[first.replace(' to ', ' went to '), ...others].join(', ')}.`;
}

/** Time in waits, by layer. A wait that the end of the call cut short counts until then. */
export function waitsOf({ entries, durationMs }: Story): Readonly<Record<string, number>> {
  const waits = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type !== 'wait') continue;
    const ms = Math.max(0, Math.min(entry.delayMs, durationMs - entry.atMs));
    waits.set(entry.layer, (waits.get(entry.layer) ?? 0) + ms);
  }
  return Object.fromEntries(waits);
}
