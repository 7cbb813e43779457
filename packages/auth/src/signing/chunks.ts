import { untilAborted } from '@holdfast/core';
import { SigningError } from './signing-error.ts';

/**
 * The pieces of a stream as bytes, until `signal` aborts. Who stops early cancels the stream.
 *
 * @throws the reason of `signal`; SigningError for a piece that is neither bytes nor text.
 */
export async function* chunks(
  stream: ReadableStream<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let isAtEnd = false;
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) break;
      if (typeof value === 'string') yield new TextEncoder().encode(value);
      else if (value instanceof Uint8Array) yield value;
      else throw new SigningError('body_unknown', 'a stream of the body gave a piece that is neither bytes nor text');
    }
    isAtEnd = true;
  } finally {
    // Not waited for: who does not answer to an abort may not answer to this either.
    if (!isAtEnd) reader.cancel(signal?.reason).catch(() => undefined);
  }
}
