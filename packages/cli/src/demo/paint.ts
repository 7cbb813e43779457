/** Colours for a terminal, or none. Text is cut and padded before it is painted, so widths stay true. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

const wrap =
  (isOn: boolean, code: number, end: number) =>
  (text: string): string =>
    isOn && text !== '' ? `\u001b[${code}m${text}\u001b[${end}m` : text;

/** The colours, which do nothing unless `isOn`. */
export const paints = (isOn: boolean): Paint => ({
  bold: wrap(isOn, 1, 22),
  dim: wrap(isOn, 2, 22),
  green: wrap(isOn, 32, 39),
  yellow: wrap(isOn, 33, 39),
  red: wrap(isOn, 31, 39),
});
