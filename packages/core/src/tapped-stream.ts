import type { ByteSource } from './byte-source.ts';
import { lazyStream, takeSource } from './lazy-stream.ts';
import type { Pace } from './pace.ts';
import type { UsageOmission } from './usage-omission.ts';

/**
 * What watches the bytes of a body go by. `push`, `end` and `fail` return what may be passed on;
 * where `fail` returns nothing, the error itself is.
 */
export interface BodyTap {
  /** Is told when a reader waits. */
  readonly pace: Pace | undefined;
  /** Takes out of what passes what the caller did not ask for. */
  readonly omission?: UsageOmission | undefined;
  push(chunk: Uint8Array): Uint8Array | undefined;
  end(): Uint8Array | undefined;
  fail(error: unknown): Uint8Array | undefined;
  cancel(): void;
}

/**
 * The body of an event stream with a tap on it: same events, same bytes, nothing read ahead,
 * cancelling forwarded, the source's lock released at the end.
 */
export const tappedStream = (source: () => ReadableStream<Uint8Array>, tap: BodyTap): ReadableStream<Uint8Array> =>
  lazyStream(new TappedSource(source, tap));

class TappedSource implements ByteSource {
  readonly #stream: () => ReadableStream<Uint8Array>;
  readonly #tap: BodyTap;
  #source: ByteSource | undefined;
  #isOver = false;

  constructor(stream: () => ReadableStream<Uint8Array>, tap: BodyTap) {
    this.#stream = stream;
    this.#tap = tap;
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    try {
      this.#source ??= takeSource(this.#stream());
      for (;;) {
        const chunk = this.#source.read();
        // No `async`: it would be another promise for every chunk.
        if (chunk instanceof Promise) {
          this.#tap.pace?.waiting();
          return chunk.then(this.#came, this.#broke);
        }
        if (chunk === undefined) return this.#ended(this.#passed(this.#tap.end()));
        const block = this.#passed(this.#tap.push(chunk));
        if (block !== undefined) return block;
      }
    } catch (error) {
      return this.#broke(error);
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isOver = true;
    this.#tap.cancel();
    this.#source ??= takeSource(this.#stream());
    await this.#source.cancel(reason);
  }

  readonly #came = (chunk: Uint8Array | undefined): ReturnType<ByteSource['read']> => {
    this.#tap.pace?.came();
    if (chunk === undefined) return this.#ended(this.#passed(this.#tap.end()));
    return this.#passed(this.#tap.push(chunk)) ?? this.read();
  };

  readonly #broke = (error: unknown): Uint8Array | undefined => {
    this.#tap.pace?.came();
    const last = this.#tap.fail(error);
    this.#isOver = true;
    if (last === undefined) throw error;
    return this.#ended(last);
  };

  #passed(block: Uint8Array | undefined): Uint8Array | undefined {
    const { omission } = this.#tap;
    return block === undefined || omission === undefined ? block : omission.of(block);
  }

  #ended(last: Uint8Array | undefined): Uint8Array | undefined {
    this.#isOver = true;
    return last !== undefined && last.length > 0 ? last : undefined;
  }
}
