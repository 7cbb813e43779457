import type { ByteSource } from './byte-source.ts';

type Result = ReadableStreamReadResult<Uint8Array>;

/** The promise that `closed` is, for those who ask. */
interface Closed {
  readonly promise: Promise<undefined>;
  readonly resolve: (value: undefined) => void;
  readonly reject: (error: unknown) => void;
}

function closedPromise(): Closed {
  let resolve!: Closed['resolve'];
  let reject!: Closed['reject'];
  const promise = new Promise<undefined>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

/** One for all ends. */
const end: Result = Object.freeze({ done: true, value: undefined });

/** A default reader that goes straight to the source, one read after the other however impatiently it is asked. */
export class LightReader {
  readonly #source: ByteSource;
  readonly #letGo: () => void;
  #isReleased = false;
  #pending: Promise<unknown> | undefined;
  #closed: Closed | undefined;
  #outcome: 'open' | 'ended' | { readonly error: unknown } = 'open';

  constructor(source: ByteSource, letGo: () => void) {
    this.#source = source;
    this.#letGo = letGo;
  }

  read(): Promise<Result> {
    if (this.#isReleased) return Promise.reject(released());
    if (this.#pending !== undefined) {
      const turn = this.#pending.then(() => this.#next());
      this.#pending = turn.catch(() => undefined);
      return turn;
    }
    return this.#next();
  }

  cancel(reason?: unknown): Promise<void> {
    if (this.#isReleased) return Promise.reject(released());
    const cancelled = Promise.resolve(this.#source.cancel(reason));
    this.#ended();
    return cancelled;
  }

  releaseLock(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#letGo();
    if (this.#outcome === 'open') this.#failed(new TypeError('Invalid state: Reader released'));
  }

  get closed(): Promise<undefined> {
    if (this.#closed === undefined) {
      this.#closed = closedPromise();
      this.#closed.promise.catch(() => undefined);
      if (this.#outcome === 'ended') this.#closed.resolve(undefined);
      else if (this.#outcome !== 'open') this.#closed.reject(this.#outcome.error);
    }
    return this.#closed.promise;
  }

  /** Reads to the end for `for await`, and cancels what is left when that is left early. */
  iterator(preventCancel: boolean): AsyncIterableIterator<Uint8Array> {
    const iterator: AsyncIterableIterator<Uint8Array> = {
      next: async () => {
        if (this.#isReleased) return end as IteratorResult<Uint8Array>;
        try {
          const result = await this.read();
          if (result.done) this.releaseLock();
          return result as IteratorResult<Uint8Array>;
        } catch (error) {
          this.releaseLock();
          throw error;
        }
      },
      return: async (value?: unknown) => {
        if (!this.#isReleased) {
          const cancelled = preventCancel ? undefined : this.cancel(value);
          this.releaseLock();
          await cancelled;
        }
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #next(): Promise<Result> {
    let chunk: ReturnType<ByteSource['read']>;
    try {
      chunk = this.#source.read();
    } catch (error) {
      this.#failed(error);
      return Promise.reject(error);
    }
    if (!(chunk instanceof Promise)) return Promise.resolve(this.#result(chunk));
    const turn = chunk.then(
      (value) => {
        this.#pending = undefined;
        return this.#result(value);
      },
      (error: unknown) => {
        this.#pending = undefined;
        this.#failed(error);
        throw error;
      },
    );
    this.#pending = turn.catch(() => undefined);
    return turn;
  }

  #result(value: Uint8Array | undefined): Result {
    if (value !== undefined) return { done: false, value };
    this.#ended();
    return end;
  }

  #ended(): void {
    if (this.#outcome !== 'open') return;
    this.#outcome = 'ended';
    this.#closed?.resolve(undefined);
  }

  #failed(error: unknown): void {
    if (this.#outcome !== 'open') return;
    this.#outcome = { error };
    this.#closed?.reject(error);
  }
}

// Is one for `instanceof`, and covers every method of it.
Object.setPrototypeOf(LightReader.prototype, ReadableStreamDefaultReader.prototype);
Object.defineProperty(LightReader.prototype, 'constructor', {
  value: ReadableStreamDefaultReader,
  writable: true,
  configurable: true,
});

const released = (): TypeError => new TypeError('Invalid state: The reader is not attached to a stream');
