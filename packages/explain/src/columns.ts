/** What stands on the character before it. */
const mark = /^\p{M}$/u;

/** What takes two columns in a terminal: East Asian characters, and pictures. */
const wide =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u;

const columnsOfOne = (character: string): number => (mark.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** Columns that a text takes in a terminal. */
export function columnsOf(text: string): number {
  // oxlint-disable-next-line no-control-regex
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfOne(character);
  return columns;
}

/** Between words; a number stays with its unit. */
const gaps = / (?!(?:ms|s|min|h|%)(?![\w-]))/;

/** Broken between words into lines of `width` columns at most; a word that is longer goes on in the next line. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(gaps)) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) <= width) line += ` ${word}`;
    else {
      if (line !== '') lines.push(line);
      const pieces = broken(word, width);
      lines.push(...pieces.slice(0, -1));
      line = pieces.at(-1) ?? '';
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** A word in pieces of `width` columns at most. Nothing of it is lost: it may be an id that somebody copies. */
function broken(word: string, width: number): readonly string[] {
  if (columnsOf(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (columnsOf(piece + character) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Parts one after the other, in lines of `width` columns at most; further lines are set in by two. */
export function flowed(parts: readonly string[], separator: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const joined = lines.length === 0 ? part : `${lines.at(-1)}${separator}${part}`;
    if (columnsOf(joined) <= width) lines.splice(-1, 1, joined);
    else lines.push(...wrapped(part, width - 2).map((piece) => (lines.length === 0 ? piece : `  ${piece}`)));
  }
  return lines;
}
