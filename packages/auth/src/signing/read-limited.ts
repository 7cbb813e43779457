import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { SignatureError } from './signature-error.ts';

/** Collects pieces up to a limit. */
export class LimitedBytes {
  readonly #maxBytes: number;
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws SignatureError once it is too much. */
  add(part: Uint8Array): void {
    this.#size += part.byteLength;
    this.check(this.#size);
    this.#parts.push(part);
  }

  /** @throws SignatureError for a size that is said to be too much. */
  check(sizeBytes: number): void {
    if (sizeBytes > this.#maxBytes)
      throw new SignatureError('body_too_large', `the body is longer than ${this.#maxBytes} bytes`);
  }

  whole(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** Reads a body to its end. One that is too long flows on unread, so that the answer can be written. */
export function readIncoming(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const bytes = new LimitedBytes(maxBytes);
    const fail = (error: unknown): void => {
      leave();
      reject(error);
    };
    const onData = (part: Uint8Array): void => {
      try {
        bytes.add(part);
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = (): void => {
      leave();
      resolve(bytes.whole());
    };
    const onCut = (): void => fail(new SignatureError('body_unreadable', 'the body broke off'));
    const leave = (): void => {
      incoming.off('data', onData).off('end', onEnd).off('close', onCut).off('error', onCut);
      // One that comes after the end has nobody left to break.
      incoming.on('error', () => undefined);
    };
    if (incoming.readableEnded || incoming.destroyed) {
      reject(new SignatureError('body_unreadable', 'the body was read before; hand over its bytes'));
      return;
    }
    incoming.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut);
  });
}
