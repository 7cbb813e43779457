/** From this length on, agreement is no chance, wherever in a word it begins. */
const certainLength = 8;

/** Letters and digits, but for those of scripts that put no space between words. */
const wordCharacter = /^[\p{L}\p{N}_]/u;
const unspaced =
  /^[\p{Ideographic}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const inWord = (character: string): boolean => wordCharacter.test(character) && !unspaced.test(character);

/**
 * Finds out what a continuation says again, as it comes: the longest of its beginnings that is the end of what was
 * said. Withholds only what may still turn out to be such.
 *
 * Short agreements are common by chance (`…100` and `0 dollars…`), so one counts only if a word begins with it, or if
 * it is long; and white space alone repeats nothing.
 */
export class Overlap {
  readonly #said: string;
  #came = '';
  /** Where in what was said the continuation may be beginning again; the earliest first. */
  #places: number[] | undefined;
  #isSettled = false;

  constructor(said: string) {
    this.#said = said;
  }

  /** Takes in more of the continuation; returns what is certainly new. */
  push(text: string): string {
    if (this.#isSettled) return text;
    if (text === '') return '';
    const from = this.#came.length;
    this.#came += text;
    this.#places = (this.#places ?? this.#placesOf(text.charAt(0))).filter((place) => this.#agrees(place, from));
    const [earliest] = this.#places;
    // The earliest place makes the longest overlap: once that is whole, no other can be longer.
    const isOpen = earliest !== undefined && this.#said.length - earliest > this.#came.length;
    return isOpen ? '' : this.#settle();
  }

  /** The continuation has ended; returns what of the withheld is new after all. */
  end(): string {
    return this.#isSettled ? '' : this.#settle();
  }

  #settle(): string {
    this.#isSettled = true;
    const length = this.#places?.map((place) => this.#said.length - place).find((one) => this.#counts(one)) ?? 0;
    return this.#came.slice(length);
  }

  #placesOf(first: string): number[] {
    const places: number[] = [];
    for (let at = this.#said.indexOf(first); at !== -1; at = this.#said.indexOf(first, at + 1)) places.push(at);
    return places;
  }

  /** Whether what came is said at `place`, as far as there is anything; all before `from` is known to be. */
  #agrees(place: number, from: number): boolean {
    const end = Math.min(this.#said.length - place, this.#came.length);
    return end <= from || this.#said.startsWith(this.#came.slice(from, end), place + from);
  }

  #counts(length: number): boolean {
    if (length > this.#came.length) return false;
    const repeated = this.#came.slice(0, length);
    if (!/[\p{L}\p{N}]/u.test(repeated)) return false;
    const before = this.#said.charAt(this.#said.length - length - 1);
    return length >= certainLength || !inWord(before) || !inWord(repeated);
  }
}
