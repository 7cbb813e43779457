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
      if (!incoming.isOver) watchOver(this, incoming);
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
    this.#incoming.unwatch?.();
    return this.#incoming.readAll();
  }
}

/**
 * What the registry holds must lead nowhere near `body`: it is unregistered by a token of its own, and as soon as
 * the request is over, whose abort may remember where it was called from, and so the answer.
 */
function watchOver(body: HeldBody, incoming: Incoming): void {
  const token = {};
  forgotten.register(body, incoming, token);
  incoming.unwatch = unregistering(token);
}

// Made here, as a function holds everything that stands around it.
const unregistering = (token: object) => (): void => void forgotten.unregister(token);

/** The body of `incoming`, watched over where it may be longer than `unreadBytes`. */
export function heldBody(incoming: Incoming, lengthHeader: string | undefined, unreadBytes: number): BodySource {
  const isShort = lengthHeader !== undefined && Number(lengthHeader) <= unreadBytes;
  return isShort ? incoming : new HeldBody(incoming);
}
