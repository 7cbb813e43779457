/** Where a value stands in a JSON text: `text.slice(start, end)` is that value. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Finds the values of top-level `keys` in the text of a JSON object without parsing it.
 * Strings are skipped with a native search, so a prompt of a megabyte costs microseconds.
 * Stops once every key is found, unless one comes again: the last one counts, as it does for `JSON.parse`
 * and so for the server. Never throws: in a text that is no JSON object it finds nothing.
 */
export function findTopLevel(text: string, keys: readonly string[]): Map<string, Span> {
  const found = new Map<string, Span>();
  let mayRepeat: boolean | undefined;
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== openBrace) return found;
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === quote) {
    const keyEnd = endOfString(text, at);
    const key = unescaped(text.slice(at + 1, keyEnd - 1));
    at = skipSpace(text, keyEnd);
    if (text.charCodeAt(at) !== colon) return found;
    const start = skipSpace(text, at + 1);
    const end = endOfValue(text, start);
    if (end <= start) return found;
    if (keys.includes(key)) {
      found.set(key, { start, end });
      if (found.size === keys.length && !(mayRepeat ??= comesAgain(text, end, keys))) return found;
    }
    at = skipSpace(text, end);
    if (text.charCodeAt(at) !== comma) return found;
    at = skipSpace(text, at + 1);
  }
  return found;
}

/** Whether one of `keys` may stand in the rest of the text, in plain letters or in escaped ones. */
const comesAgain = (text: string, start: number, keys: readonly string[]): boolean =>
  text.includes('\\u00', start) || keys.some((key) => text.includes(`"${key}"`, start));

/** A key may be written with escapes, and the server reads through them. */
function unescaped(key: string): string {
  if (!key.includes('\\')) return key;
  try {
    return JSON.parse(`"${key}"`) as string;
  } catch {
    return key;
  }
}

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start);
  if (first === openBrace || first === openBracket) return endOfNested(text, start);
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === comma || code === closeBrace || code === closeBracket || code <= 0x20) break;
  }
  return at;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at) - 1;
    else if (code === openBrace || code === openBracket) depth++;
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Index behind the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}
