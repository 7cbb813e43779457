/** Where the usage stands in the data of an event. */
export interface UsageMember {
  /** What is to go so that the rest is the object as if it had never been: the member with one comma and its white space. */
  readonly start: number;
  readonly end: number;
  /** It says nothing: `null`. */
  readonly isNull: boolean;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** The key as it is written. One in escapes would be the same to a parser, and no server writes that. */
export const usageKey = '"usage"';

/**
 * Finds the top-level member `usage` in the JSON object that stands in `text` from `start` to `end`, without parsing
 * it. Reads from the end, since that is where servers put it, and steps over strings and nested values as a whole, so
 * that what looks like it inside of them is none. `undefined` where there is none, and in what is no JSON object.
 */
export function usageMember(text: string, start: number, end: number): UsageMember | undefined {
  const first = skipSpace(text, start, end);
  let at = skipSpaceBack(text, end, first);
  if (text.charCodeAt(first) !== openBrace || text.charCodeAt(at - 1) !== closeBrace) return undefined;
  at = skipSpaceBack(text, at - 1, first);
  for (;;) {
    const valueEnd = at;
    const valueStart = startOfValue(text, valueEnd, first);
    const colonEnd = skipSpaceBack(text, valueStart, first);
    if (valueStart === valueEnd || text.charCodeAt(colonEnd - 1) !== colon) return undefined;
    const keyEnd = skipSpaceBack(text, colonEnd - 1, first);
    if (text.charCodeAt(keyEnd - 1) !== quote) return undefined;
    const isUsage = isUsageKey(text, keyEnd);
    const keyStart = isUsage ? keyEnd - usageKey.length : startOfString(text, keyEnd, first);
    const markEnd = skipSpaceBack(text, keyStart, first);
    const isFirst = markEnd - 1 === first;
    if (!isFirst && text.charCodeAt(markEnd - 1) !== comma) return undefined;
    if (isUsage) {
      const isNull = text.charCodeAt(valueStart) === 0x6e; /* n */
      if (!isFirst) return { start: skipSpaceBack(text, markEnd - 1, first), end: valueEnd, isNull };
      return { start: keyStart, end: behindComma(text, valueEnd, end), isNull };
    }
    if (isFirst) return undefined;
    at = skipSpaceBack(text, markEnd - 1, first);
  }
}

/** Whether the key that ends there is it, and not a longer one with escaped quotes. */
const isUsageKey = (text: string, keyEnd: number): boolean => {
  const keyStart = keyEnd - usageKey.length;
  return text.startsWith(usageKey, keyStart) && text.charCodeAt(keyStart - 1) !== backslash;
};

/** Behind the comma that follows the first member, or behind the member where it is the only one. */
function behindComma(text: string, valueEnd: number, end: number): number {
  const at = skipSpace(text, valueEnd, end);
  return text.charCodeAt(at) === comma ? skipSpace(text, at + 1, end) : valueEnd;
}

/** Where the value begins that ends at `end`; `end` where none does. */
function startOfValue(text: string, end: number, least: number): number {
  const last = text.charCodeAt(end - 1);
  if (last === quote) return startOfString(text, end, least);
  if (last === closeBrace || last === closeBracket) return startOfNested(text, end, least);
  let at = end;
  while (at > least && isPlain(text.charCodeAt(at - 1))) at--;
  return at;
}

/** A character of a number, `true`, `false` or `null`. */
const isPlain = (code: number): boolean =>
  code > 0x20 && code !== colon && code !== comma && code !== quote && code !== openBrace && code !== openBracket;

function startOfNested(text: string, end: number, least: number): number {
  let depth = 0;
  for (let at = end; at > least; at--) {
    const code = text.charCodeAt(at - 1);
    if (code === quote) at = startOfString(text, at, least) + 1;
    else if (code === closeBrace || code === closeBracket) depth++;
    else if ((code === openBrace || code === openBracket) && --depth === 0) return at - 1;
  }
  return least;
}

/** Index of the opening quote of the string whose closing one is the last before `end`. */
function startOfString(text: string, end: number, least: number): number {
  for (let at = text.lastIndexOf('"', end - 2); at > least; at = text.lastIndexOf('"', at - 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return least;
}

function skipSpaceBack(text: string, end: number, least: number): number {
  let at = end;
  while (at > least && text.charCodeAt(at - 1) <= 0x20) at--;
  return at;
}

function skipSpace(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) <= 0x20) at++;
  return at;
}
