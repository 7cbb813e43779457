/** A base class whose constructor gives back the object it is handed, so that a subclass can add to it. */
class Itself {
  constructor(object: object) {
    // oxlint-disable-next-line no-constructor-return -- the whole point: fields land on `object`.
    return object;
  }
}

/** What {@link sideTable} gives. */
export interface SideTable<T> {
  get(object: object): T | undefined;
  set(object: object, value: T): void;
}

/**
 * Remembers something about objects that are not ours, for as long as they live, without their showing it.
 *
 * A `WeakMap` says the same, but its entries cost the garbage collector more than everything else that a
 * call does here (measured: 1.2 µs per entry against 0.1 µs). So the value is kept in a private field on
 * the object itself, which nobody can see, enumerate or copy.
 */
export function sideTable<T>(): SideTable<T> {
  class Entry extends Itself {
    #value: T;

    constructor(object: object, value: T) {
      super(object);
      this.#value = value;
    }

    static get(object: object): T | undefined {
      return #value in object ? object.#value : undefined;
    }

    static set(object: object, value: T): void {
      if (#value in object) object.#value = value;
      else void new Entry(object, value);
    }
  }
  return Entry;
}
