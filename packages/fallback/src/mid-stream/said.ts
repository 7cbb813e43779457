import { contentOf, eventData } from '@holdfast/core';

/** Bytes remembered of a stream. What is longer is passed on and no longer known. */
const maxBytes = 1024 * 1024;

/** What the caller has been told so far, remembered as it came and read only when a stream has broken. */
export class Said {
  #blocks: Uint8Array[] = [];
  #bytes = 0;
  #isTooLong = false;

  add(block: Uint8Array): void {
    if (this.#isTooLong) return;
    this.#bytes += block.length;
    if (this.#bytes > maxBytes) {
      this.#isTooLong = true;
      this.#blocks = [];
    } else this.#blocks.push(block);
  }

  /** Data of each event; `undefined` if there was more than can be remembered. */
  events(): readonly string[] | undefined {
    if (this.#isTooLong) return undefined;
    const decoder = new TextDecoder();
    return [...eventData(this.#blocks.map((block) => decoder.decode(block)).join(''))];
  }

  /** The text, how many events brought it, and whether there was anything but text. */
  read(): { readonly text: string; readonly tokens: number; readonly isText: boolean } | undefined {
    const events = this.events();
    if (events === undefined) return undefined;
    let text = '';
    let tokens = 0;
    let isText = true;
    for (const event of events) {
      const content = contentOf(event);
      if (content.kind === 'none') continue;
      if (content.kind !== 'text') isText = false;
      else text += content.text;
      tokens++;
    }
    return { text, tokens, isText };
  }
}
