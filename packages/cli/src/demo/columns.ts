/** Widths of a label and two columns that fill `columns`. */
export interface Widths {
  readonly label: number;
  readonly column: number;
}

const gap = 2;

/** Wider columns would only put more space between label and number. */
const mostColumn = 40;

/** How a width is divided. */
export function widthsFor(columns: number, label: number): Widths {
  return { label, column: Math.min(mostColumn, Math.floor((columns - label) / 2) - gap) };
}

/** `text` in exactly `width` characters, cut with an ellipsis if it must be. */
export const fit = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);

/** Breaks a list at its commas into lines of at most `width`. */
export function breakList(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of text.split(', ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length + 3 <= width) lines[lines.length - 1] = `${last}, ${part}`;
    else {
      if (last !== undefined) lines[lines.length - 1] = `${last},`;
      lines.push(part);
    }
  }
  return lines;
}

/** Paints a cell of a column; 0 is the left one. */
export type CellPaint = (text: string, column: 0 | 1) => string;

/** One row as lines: the label, then both cells, each broken at commas where it is too long. */
export function row(
  widths: Widths,
  cells: readonly [label: string, left: string, right: string],
  paint: CellPaint = (text) => text,
): string[] {
  const [label, ...texts] = cells;
  const [left, right] = texts.map((text) => breakList(text, widths.column)) as [string[], string[]];
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    [
      fit(index === 0 ? label : '', widths.label),
      paint(fit(left[index] ?? '', widths.column), 0),
      // Padded, it would end in blanks that no trimming finds behind the colour.
      paint(fit(right[index] ?? '', widths.column).trimEnd(), 1),
    ]
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
