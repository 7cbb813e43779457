/** Sets kept before everything new is folded. Each is two for tokens, which come as input and output. */
const capacity = 900;

/**
 * Attribute sets by what they are made of, so that the same values are the same object, and never more of them than an
 * instrument can take: what comes once there is no room is made of folded values, of which there are few.
 */
export class AttributeSets<S> {
  readonly #sets = new Map<string, S>();
  readonly #folded = new Map<string, S>();

  /**
   * @param key - what tells the set from all others.
   * @param foldedKey - the same without what may be anything.
   * @param make - makes the set, folded or as it is.
   */
  of(key: string, foldedKey: () => string, make: (isFolded: boolean) => S): S {
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    if (this.#sets.size >= capacity) return this.#foldedOf(foldedKey(), make);
    const made = make(false);
    this.#sets.set(key, made);
    return made;
  }

  #foldedOf(key: string, make: (isFolded: boolean) => S): S {
    let made = this.#folded.get(key);
    if (made === undefined) {
      made = make(true);
      this.#folded.set(key, made);
    }
    return made;
  }
}
