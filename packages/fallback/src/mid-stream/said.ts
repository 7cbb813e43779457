import { eventData } from '@holdfast/core';
import { Account } from './account.ts';
import { decoded, joined } from './event-text.ts';

/**
 * Bytes that are remembered as they came. What is longer is read, and only what matters of it kept: reading each
 * event of every stream would cost more than passing it on.
 */
const maxUnreadBytes = 256 * 1024;

/** What the caller has been told so far, remembered as it came and read only when a stream has broken. */
export class Said {
  readonly #account = new Account();
  #blocks: Uint8Array[] = [];
  #bytes = 0;

  /** @param block - whole events that are passed on. */
  add(block: Uint8Array): void {
    this.#blocks.push(block);
    this.#bytes += block.length;
    if (this.#bytes > maxUnreadBytes) this.read();
  }

  read(): Account {
    if (this.#blocks.length > 0) for (const data of eventData(decoded(joined(this.#blocks)))) this.#account.take(data);
    this.#blocks = [];
    this.#bytes = 0;
    return this.#account;
  }
}
