import type { ByteSource } from '@holdfast/core';
import type { Incoming } from './incoming.ts';

/** A body as its answer holds it. */
export interface BodySource extends ByteSource {
  /** Everything up to the end. */
  readAll(): Promise<readonly Uint8Array[]>;
}

const forgotten = new FinalizationRegistry<Incoming>((incoming) => incoming.abort(neverRead));
const neverRead = new Error('nobody read this answer, so its connection was closed');

/**
 * What an answer holds of a body that may be more than what waits unread. When the answer is collected with
 * bytes still to come, nobody will ever ask for them, and the connection would wait for ever.
 */
class HeldBody implements BodySource {
  readonly #incoming: Incoming;

  constructor(incoming: Incoming) {
    this.#incoming = incoming;
    // A short answer comes in one piece, and by then is over.
    queueMicrotask(() => {
      if (!incoming.isOver) forgotten.register(this, incoming, this);
    });
  }

  read(): ReturnType<ByteSource['read']> {
    return this.#incoming.read(this);
  }

  cancel(reason: unknown): void {
    this.#incoming.cancel(reason);
  }

  readAll(): Promise<readonly Uint8Array[]> {
    // From here on only the promise is held.
    forgotten.unregister(this);
    return this.#incoming.readAll();
  }
}

/** The body of `incoming`, watched over where it may be longer than `unreadBytes`. */
export function heldBody(incoming: Incoming, lengthHeader: string | undefined, unreadBytes: number): BodySource {
  const isShort = lengthHeader !== undefined && Number(lengthHeader) <= unreadBytes;
  return isShort ? incoming : new HeldBody(incoming);
}
