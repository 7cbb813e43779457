/** Something that a heap holds. It knows its place, so that it can be taken out from the middle. */
export interface HeapEntry {
  /** Index in its heap; -1 outside. Written by the heap alone. */
  place: number;
}

/** A binary heap: the entry that comes before all others is on top, everything else costs a logarithm. */
export class Heap<T extends HeapEntry> {
  readonly #entries: T[] = [];
  readonly #before: (one: T, other: T) => boolean;

  constructor(before: (one: T, other: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  get top(): T | undefined {
    return this.#entries[0];
  }

  /** The entry that comes after all others. Looks through the lower half. */
  get bottom(): T | undefined {
    let bottom: T | undefined;
    for (const entry of this.#entries.slice(this.#entries.length >> 1))
      if (bottom === undefined || this.#before(bottom, entry)) bottom = entry;
    return bottom;
  }

  push(entry: T): void {
    this.#put(entry, this.#entries.length);
    this.#rise(entry);
  }

  /** Takes `entry` out, wherever it is. Does nothing if it is not in. */
  remove(entry: T): void {
    const { place } = entry;
    if (place < 0) return;
    const last = this.#entries.pop() as T;
    entry.place = -1;
    if (last === entry) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  /** Puts `entry` where it belongs after what it is compared by has changed. */
  moved(entry: T): void {
    this.#rise(entry);
    this.#sink(entry);
  }

  #put(entry: T, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }

  #rise(entry: T): void {
    while (entry.place > 0) {
      const parent = this.#entries[(entry.place - 1) >> 1] as T;
      if (!this.#before(entry, parent)) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: T): void {
    for (;;) {
      const left = this.#entries[2 * entry.place + 1];
      const right = this.#entries[2 * entry.place + 2];
      if (left === undefined) return;
      const first = right !== undefined && this.#before(right, left) ? right : left;
      if (!this.#before(first, entry)) return;
      this.#swap(first, entry);
    }
  }

  #swap(one: T, other: T): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }
}
