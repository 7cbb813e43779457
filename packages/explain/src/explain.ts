import { columnsOf, flowed, wrapped } from './columns.ts';
import { factsOf, type StoryFacts } from './facts.ts';
import { headlineOf } from './headline.ts';
import { resolveOptions, type ExplainOptions, type ResolvedExplainOptions } from './options.ts';
import { toAscii } from './plain.ts';
import { storyOf, type Explainable } from './story.ts';
import { timelineOf, type Row } from './timeline.ts';
import type { Story } from './told.ts';

/**
 * The story of a call for people: who answered and how it ended, a line for each attempt, wait, refusal and decision
 * with a bar of its time, and what to do about it. Where there is no story, a sentence that says so.
 *
 * @param source - a response, an error of the client, what `fetch` threw, a journey, its JSON, or a call line of an
 * audit log.
 * @throws OptionError when an option breaks its rule.
 */
export function explain(source: Explainable | undefined, options: ExplainOptions = {}): string {
  const resolved = resolveOptions(options);
  const story = storyOf(source);
  return (story === undefined ? wrapped(nothing, resolved.width) : told(story, resolved)).join('\n');
}

/**
 * The same facts as JSON, in a shape that stays; `undefined` for what did not come out of a pipeline.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function explainJson(
  source: Explainable | undefined,
  options: Pick<ExplainOptions, 'costOf'> = {},
): StoryFacts | undefined {
  const resolved = resolveOptions(options);
  const story = storyOf(source);
  return story && factsOf(story, resolved);
}

const nothing =
  'There is no story of this: it did not come out of a pipeline, or its headers were copied on the way. ' +
  'Give the response or the error itself, a journey, or a call line of an audit log.';

const colors = { good: 32, bad: 31, quiet: 90, bold: 1 } as const;

function told(story: Story, options: ResolvedExplainOptions): readonly string[] {
  const { width, color, ascii } = options;
  const paint = (text: string, tone: keyof typeof colors): string =>
    color && text !== '' ? `\u001B[${colors[tone]}m${text}\u001B[0m` : text;
  const shown = ascii ? toAscii : (text: string): string => text;
  const facts = factsOf(story, options);
  const headline = flowed(headlineOf(facts).map(shown), ascii ? ' | ' : ' · ', width);
  const rows = timelineOf(story, { width: barWidthFor(width), ascii });
  const columns = columnsFor(rows, width);
  const advice = facts.advice === null ? [] : wrapped(shown(`Next: ${facts.advice}`), width);
  return [
    ...headline.map((line) => paint(line, 'bold')),
    ...rows.flatMap((row) => rowLines({ ...row, what: shown(row.what) }, columns).map((line) => paint(line, row.tone))),
    ...advice,
  ];
}

/** Words matter more than bars where there is little room. */
function barWidthFor(width: number): number {
  if (width < 48) return 0;
  return width < 64 ? 10 : width < 100 ? 16 : 24;
}

interface Columns {
  readonly at: number;
  readonly bar: number;
  readonly what: number;
}

const gap = 2;

function columnsFor(rows: readonly Row[], width: number): Columns {
  const at = Math.max(8, ...rows.map((row) => row.at.length));
  const bar = barWidthFor(width);
  return { at, bar, what: width - at - gap - (bar === 0 ? 0 : bar + gap) };
}

function rowLines({ at, bar, what }: Row, columns: Columns): readonly string[] {
  const space = ' '.repeat(gap);
  const head = at.padStart(columns.at) + space + (columns.bar === 0 ? '' : bar.padEnd(columns.bar) + space);
  return wrapped(what, columns.what).map((part, index) =>
    (index === 0 ? head + part : ' '.repeat(columnsOf(head)) + part).trimEnd(),
  );
}
