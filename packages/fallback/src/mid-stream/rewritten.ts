import { eventBytes, eventData, outcomeOfTap, type ByteSource } from '@holdfast/core';
import { decoded, encoded, joined } from './event-text.ts';

/** Gives the data of an event back as what the caller is to see of it, as whole events or nothing. */
export interface Rewriter {
  take(data: string): string;
}

/** The events of another stream as those of the one that broke. */
export class Rewritten implements ByteSource {
  readonly #response: Response;
  readonly #source: ByteSource;
  readonly #rewriter: Rewriter;

  constructor(response: Response, source: ByteSource, rewriter: Rewriter) {
    this.#response = response;
    this.#source = source;
    this.#rewriter = rewriter;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const block = await this.#source.read();
      if (block === undefined) return undefined;
      const hasBroken = outcomeOfTap(this.#response)?.fault !== undefined;
      const passed = eventBytes(block)
        .map((event) => this.#rewritten(event, hasBroken))
        .filter(({ length }) => length > 0);
      if (passed.length > 0) return joined(passed);
    }
  }

  cancel(reason?: unknown): void | Promise<void> {
    return this.#source.cancel(reason);
  }

  /** That it broke goes on as it is: whoever mends this looks for it. */
  #rewritten(event: Uint8Array, hasBroken: boolean): Uint8Array {
    const text = decoded(event);
    if (hasBroken && /(?:^|[\r\n])event: ?error|(?:^|[\r\n])data: ?\{"error"/.test(text)) return event;
    return encoded([...eventData(text)].map((data) => this.#rewriter.take(data)).join(''));
  }
}
