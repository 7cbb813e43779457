import { safeName } from '@holdfast/core';

/** What stands for every value that has no place of its own. */
export const other = '_OTHER';

/** Values that get a place, the first ones that come. */
const maxNames = 32;

/** Longer ones, texts, addresses of people and what may be a key are told as `_OTHER`. */
const plain = /^[a-z0-9][\w.:/ +-]{0,63}$/i;

/** Whether a name may be told at all. */
export const isTellable = (name: string): boolean => plain.test(name) && safeName(name) === name;

/** The first 32 names that come; whatever comes after them is told as `_OTHER`. Never holds more. */
export class Names {
  readonly #known = new Set<string>();

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= maxNames || !isTellable(name)) return other;
    this.#known.add(name);
    return name;
  }
}
