/** The blocks of a stream from its beginning on, as far as there is room for them. */
export class KeptBlocks {
  readonly #kept: Uint8Array[] = [];
  #leftBytes: number;
  #dropped = 0;

  /** @param maxBytes - room for all of them together. */
  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  /** From the first block on that finds no room there is none for any, so that nothing in between is missing. */
  add(block: Uint8Array): void {
    if (this.#dropped > 0 || block.length > this.#leftBytes) {
      this.#dropped++;
      return;
    }
    this.#leftBytes -= block.length;
    // Buffers may be used again.
    this.#kept.push(block.slice());
  }

  /**
   * What was kept, and of the last blocks those that were not: there an answer tells its end and its tokens.
   * `undefined` if there was room for none.
   */
  with(last: readonly Uint8Array[]): readonly Uint8Array[] | undefined {
    if (this.#kept.length === 0) return undefined;
    return [...this.#kept, ...last.slice(Math.max(0, last.length - this.#dropped))];
  }
}
