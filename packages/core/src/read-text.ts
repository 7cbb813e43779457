/** Longer answers are passed on without being looked at. */
const maxChars = 1024 * 1024;

/** The text of an answer that somebody reads piece by piece. */
export class ReadText {
  readonly #decoder = new TextDecoder();
  #text: string | undefined = '';

  add(chunk: Uint8Array): void {
    if (this.#text === undefined) return;
    this.#text += this.#decoder.decode(chunk, { stream: true });
    if (this.#text.length > maxChars) this.#text = undefined;
  }

  /** All of it; `undefined` if there was too much. */
  whole(): string | undefined {
    return this.#text === undefined ? undefined : this.#text + this.#decoder.decode();
  }
}
