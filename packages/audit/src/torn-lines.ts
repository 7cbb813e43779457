import { createHash } from 'node:crypto';

/** Lines in a row that are none: what a dying process, or several, left unfinished. Keeps their hash, not their bytes. */
export class TornLines {
  /** Number of the first. */
  readonly line: number;
  readonly #hash = createHash('sha256');
  #bytes: number;

  constructor(line: number, bytes: Buffer) {
    this.line = line;
    this.#bytes = bytes.length;
    this.#hash.update(bytes);
  }

  /** With one more. */
  and(bytes: Buffer): this {
    this.#bytes += 1 + bytes.length;
    this.#hash.update('\n').update(bytes);
    return this;
  }

  /** Whether a gap line tells of just these. */
  isToldBy({ bytes, sha256 }: { readonly bytes: unknown; readonly sha256: unknown }): boolean {
    return bytes === this.#bytes && sha256 === this.#hash.copy().digest('hex');
  }
}
