import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Numbers of the files that were put aside of a log, oldest first. Some of the first may have been taken away. */
export function numbersAside(path: string): readonly number[] {
  const start = `${basename(path)}.`;
  return namesIn(dirname(path))
    .filter((name) => name.startsWith(start))
    .map((name) => name.slice(start.length))
    .filter((rest) => /^[1-9]\d{0,14}$/.test(rest))
    .map(Number)
    .toSorted((one, other) => one - other);
}

/** The file that was put aside last; `undefined` if none was. */
export function latestAside(path: string): string | undefined {
  const latest = numbersAside(path).at(-1);
  return latest === undefined ? undefined : `${path}.${latest}`;
}

/** Where the next file is put. Never the name of one that is there. */
export const nextAside = (path: string): string => `${path}.${(numbersAside(path).at(-1) ?? 0) + 1}`;

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Opening the file tells what is wrong with it.
    return [];
  }
}
