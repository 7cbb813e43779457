/** Where the bytes of a body come from. Whoever reads waits for one read before the next. */
export interface ByteSource {
  /** The next bytes, `undefined` at the end; at once where they are there already. */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Nobody wants the rest. */
  cancel(reason?: unknown): void | Promise<void>;
  /** What was read last tells usage that the caller did not ask for. @see Call.plainBody */
  readonly omitsUsage?: boolean;
}

/** What is left of a source: an end stays the end, and an error the error. */
export class Rest implements ByteSource {
  readonly #source: ByteSource;
  #end: 'ended' | 'cancelled' | { readonly error: unknown } | undefined;
  /** Whether anybody has read or cancelled. */
  isTouched = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    this.isTouched = true;
    if (this.#end !== undefined) return this.#over();
    let chunk: ReturnType<ByteSource['read']>;
    try {
      chunk = this.#source.read();
    } catch (error) {
      return this.#failed(error);
    }
    if (chunk instanceof Promise) return chunk.then(this.#passed, this.#failed);
    return this.#passed(chunk);
  }

  async cancel(reason?: unknown): Promise<void> {
    this.isTouched = true;
    if (this.#end !== undefined) {
      this.#over();
      return;
    }
    this.#end = 'cancelled';
    await this.#source.cancel(reason);
  }

  readonly #passed = (chunk: Uint8Array | undefined): Uint8Array | undefined => {
    if (chunk === undefined) this.#end ??= 'ended';
    return this.#end === 'cancelled' ? undefined : chunk;
  };

  /** A read that was under way when the rest was cancelled has come to the end. */
  readonly #failed = (error: unknown): undefined => {
    this.#end ??= { error };
    return this.#over();
  };

  #over(): undefined {
    if (typeof this.#end === 'object') throw this.#end.error;
    return undefined;
  }
}

/** The bytes of a body of another kind than the runtime's own, such as a stream of Node's. */
export function iterated(body: AsyncIterable<Uint8Array>): ByteSource {
  const iterator = body[Symbol.asyncIterator]();
  return {
    async read() {
      const { done, value } = await iterator.next();
      return done === true ? undefined : value;
    },
    async cancel() {
      await iterator.return?.();
    },
  };
}

/** What was read already, and then the rest, if there is one. */
export function before(chunks: readonly Uint8Array[], rest: ByteSource | undefined): ByteSource {
  const queue = [...chunks];
  return {
    read: () => queue.shift() ?? rest?.read(),
    cancel: (reason) => rest?.cancel(reason),
  };
}
