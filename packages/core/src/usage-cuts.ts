import { usageKey, usageMember } from './usage-member.ts';

/** What is to go from a block of events: places in it, in pairs of start and end, in their order. */
export type Cuts = readonly number[];

const lf = 0x0a;
const letterD = 0x64;

const utf8 = new TextDecoder();
/** One character for each byte. */
const latin1 = new TextDecoder('latin1');

/** Without its first quote: a native search looks for the first character, and there are fewer like that. */
const searched = usageKey.slice(1);

const none: Cuts = [];

/**
 * Finds the usage in a block of whole events of chat or text completions: the member `usage` of each chunk, and as a
 * whole the event that was sent for its sake.
 */
export function usageCuts(block: Uint8Array): Cuts {
  const text = textOf(block);
  if (!text.includes(searched)) return none;
  // Servers write an event as one line of data, and end lines with line feeds alone.
  if (!text.startsWith('data:') || text.includes('\r')) return cutsOfEvents(text, 0);
  const lineEnd = text.indexOf('\n');
  const isOne = lineEnd === text.length - 2 && text.charCodeAt(lineEnd + 1) === lf;
  return isOne ? cutsOf(text, 0, text.length) : cutsOfLines(text);
}

/** A block as a text in which every character stands where its byte does. The first decoder is the faster one. */
function textOf(block: Uint8Array): string {
  const text = utf8.decode(block);
  return text.length === block.length ? text : latin1.decode(block);
}

/** What is to go of the event that stands there, as one line of data or without any marks. */
function cutsOf(text: string, start: number, end: number): Cuts {
  const dataStart = text.charCodeAt(start) === letterD ? start + 5 : start;
  const member = usageMember(text, dataStart, end);
  if (member === undefined) return none;
  const isExtra = !member.isNull && saysOnlyUsage(text.slice(dataStart, end));
  return isExtra ? [start, end] : [member.start, member.end];
}

/** Whether a chunk was sent for its usage alone: no choices, and nothing else that only it would tell. */
function saysOnlyUsage(data: string): boolean {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    return false;
  }
  const { usage, choices, ...rest } = chunk as Readonly<Record<string, unknown>>;
  const isEmpty = Array.isArray(choices) && choices.length === 0;
  return isEmpty && isNested(usage) && !Object.values(rest).some(isNested);
}

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Events of one line of data each; the first that is otherwise, and all behind it, are read with more care. */
function cutsOfLines(text: string): Cuts {
  const cuts: number[] = [];
  for (let start = 0; start < text.length;) {
    const lineEnd = text.indexOf('\n', start);
    if (lineEnd === -1 || text.charCodeAt(lineEnd + 1) !== lf || !text.startsWith('data:', start))
      return [...cuts, ...cutsOfEvents(text, start)];
    cuts.push(...cutsOf(text, start, lineEnd + 2));
    start = lineEnd + 2;
  }
  return cuts;
}

/** Events of any kind: with names, comments, several lines of data, any line break. */
function cutsOfEvents(text: string, from: number): Cuts {
  const cuts: number[] = [];
  let start = from;
  for (const end of eventEnds(text, from)) {
    const data = dataOf(text.slice(start, end));
    for (const at of cutsOf(data, 0, data.length)) cuts.push(start + at);
    start = end;
  }
  return cuts;
}

/** Where each event ends, its blank line included; the last may have none. */
function* eventEnds(text: string, from: number): Generator<number> {
  const blankLine = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\r|\n)/g;
  blankLine.lastIndex = from;
  let end = from;
  while (blankLine.test(text)) yield (end = blankLine.lastIndex);
  if (end < text.length) yield text.length;
}

/**
 * The data of an event, with blanks in place of everything else, so that every character stays where it is. Line
 * breaks are white space to JSON; a line of another kind between those of the data stays, and leaves no JSON.
 */
function dataOf(event: string): string {
  const lines = event.split(/(?<=[\r\n])/);
  const isData = lines.map((line, index) => dataLine.test(index === 0 ? line.replace(byteOrderMark, '') : line));
  const first = isData.indexOf(true);
  const last = isData.lastIndexOf(true);
  return lines
    .map((line, index) => {
      if (isData[index] === true) return line.replace(marks, blanks);
      return index > first && index < last && !/^[\r\n]/.test(line) ? line : blanks(line);
    })
    .join('');
}

const dataLine = /^data:/;
const byteOrderMark = /^\xef\xbb\xbf/;
const marks = /^(?:\xef\xbb\xbf)?data:/;

const blanks = (text: string): string => ' '.repeat(text.length);
