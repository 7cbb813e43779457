/** Longest text that is told of one thing. What is longer was not meant for people. */
const longest = 600;

/**
 * What no terminal may obey and nobody sees: control characters, what turns the direction of a line or has no width,
 * halves of characters, line ends.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/** What came from outside, on one line. Empty for what is no text and no number. */
export function plain(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return '';
  // Cut before it is searched, as it may be as long as whoever sent it liked.
  const text = value.slice(0, longest).replaceAll(unseen, ' ').trim();
  return value.length > longest ? `${text}…` : text;
}

/** Plain text, or `undefined` where there is none. */
export const plainOrNothing = (value: unknown): string | undefined => plain(value) || undefined;

const written: Readonly<Record<string, string>> = { '…': '...', '–': '-', '—': '-', '→': '->', '’': "'", '×': 'x' };

/** The same in ASCII; what has no place there is a question mark. */
export const toAscii = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replaceAll(/[^\u0000-\u007f]/gu, (character) => written[character] ?? '?');
