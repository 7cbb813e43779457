import { LightReader } from './light-reader.ts';
import { Rest, type ByteSource } from './byte-source.ts';

/** What Node asks a stream for to find out whether anybody has read from it. */
const disturbed = Symbol.for('nodejs.stream.disturbed');

type Real = ReadableStream<Uint8Array> & { readonly [disturbed]?: boolean };

/**
 * A body as a `ReadableStream` for everybody who asks. Clients take a reader or iterate, and both go the short
 * way to the source; the real stream, with its queue, controller and promises, is made when somebody wants more.
 */
class LazyStream {
  readonly #rest: Rest;
  readonly #type: 'bytes' | undefined;
  #real: Real | undefined;
  /** Held by a reader of ours, or given away. */
  #isHeld = false;

  constructor(source: ByteSource, type: 'bytes' | undefined) {
    this.#rest = new Rest(source);
    this.#type = type;
  }

  get locked(): boolean {
    return this.#real?.locked ?? this.#isHeld;
  }

  get [disturbed](): boolean {
    return this.#rest.isTouched || this.#real?.[disturbed] === true;
  }

  getReader(options?: { mode?: 'byob' }): unknown {
    if (this.#real !== undefined || this.#isHeld || options?.mode !== undefined)
      return this.#made().getReader(options as { mode: 'byob' });
    this.#isHeld = true;
    return new LightReader(this.#rest, () => (this.#isHeld = false));
  }

  async cancel(reason?: unknown): Promise<void> {
    if (this.#real !== undefined || this.#isHeld) return this.#made().cancel(reason);
    return this.#rest.cancel(reason);
  }

  tee(): [ReadableStream<Uint8Array>, ReadableStream<Uint8Array>] {
    return this.#made().tee();
  }

  pipeTo(...given: Parameters<ReadableStream<Uint8Array>['pipeTo']>): Promise<void> {
    return this.#made().pipeTo(...given);
  }

  pipeThrough<T>(transform: ReadableWritablePair<T, Uint8Array>, options?: StreamPipeOptions): ReadableStream<T> {
    return this.#made().pipeThrough(transform, options);
  }

  values(options?: { preventCancel?: boolean }): AsyncIterableIterator<Uint8Array> {
    if (this.#real !== undefined || this.#isHeld) return this.#made().values(options);
    this.#isHeld = true;
    return new LightReader(this.#rest, () => (this.#isHeld = false)).iterator(options?.preventCancel === true);
  }

  [Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncIterableIterator<Uint8Array> {
    return this.values(options);
  }

  /** What `console.log` asks for: looking at a body must not make it. */
  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return { ReadableStream: { locked: this.locked } };
  }

  static realOf(stream: LazyStream): Real {
    return stream.#made();
  }

  static of(stream: object): ByteSource | undefined {
    if (!(#rest in stream) || stream.#real !== undefined || stream.#isHeld) return undefined;
    stream.#isHeld = true;
    return stream.#rest;
  }

  #made(): Real {
    if (this.#isHeld) return heldStream();
    this.#real ??= realStream(this.#rest, this.#type);
    return this.#real;
  }
}

// Is one for `instanceof`, and covers every method of it, as those want an object of their own.
Object.setPrototypeOf(LazyStream.prototype, ReadableStream.prototype);
Object.defineProperty(LazyStream.prototype, 'constructor', {
  value: ReadableStream,
  writable: true,
  configurable: true,
});

// Where the runtime itself is handed one, it looks for what it keeps on its own, and finds that of the real one.
for (const symbol of Object.getOwnPropertySymbols(new ReadableStream()))
  if (!Object.hasOwn(LazyStream.prototype, symbol))
    Object.defineProperty(LazyStream.prototype, symbol, {
      configurable: true,
      get(this: LazyStream): unknown {
        return Reflect.get(LazyStream.realOf(this), symbol);
      },
    });

function realStream(source: ByteSource, type: 'bytes' | undefined): Real {
  return new ReadableStream<Uint8Array>(
    {
      ...(type && { type }),
      async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
        const chunk = await source.read();
        // A byte stream takes the buffer away from whoever else looks at it, so it gets a copy.
        if (chunk !== undefined) return controller.enqueue(type === 'bytes' ? new Uint8Array(chunk) : chunk);
        controller.close();
        (controller as unknown as Partial<ReadableByteStreamController>).byobRequest?.respond(0);
      },
      cancel: (reason: unknown) => source.cancel(reason),
    } as unknown as UnderlyingDefaultSource<Uint8Array>,
    { highWaterMark: 0 },
  );
}

/** Fails in the runtime's own words at everything that a locked stream does not allow. */
function heldStream(): Real {
  const stream = new ReadableStream<Uint8Array>();
  stream.getReader();
  return stream;
}

/**
 * The bytes of `source` as a stream that is made when it is needed.
 *
 * @param type - `'bytes'` for a stream that has BYOB readers.
 */
export const lazyStream = (source: ByteSource, type?: 'bytes'): ReadableStream<Uint8Array> =>
  new LazyStream(source, type) as unknown as ReadableStream<Uint8Array>;

/** What is left of a lazy stream that nobody holds, which is locked from then on. */
export const takeUntouched = (stream: ReadableStream<Uint8Array>): ByteSource | undefined => LazyStream.of(stream);

/** Takes the bytes of `stream` over, the short way where it has one. Reads nothing before it is asked. */
export function takeSource(stream: ReadableStream<Uint8Array>): ByteSource {
  return LazyStream.of(stream) ?? readerSource(stream);
}

function readerSource(stream: ReadableStream<Uint8Array>): ByteSource {
  const reader = stream.getReader();
  return {
    async read() {
      const { done, value } = await reader.read();
      if (!done) return value;
      reader.releaseLock();
      return undefined;
    },
    async cancel(reason) {
      await reader.cancel(reason);
      reader.releaseLock();
    },
  };
}

/** Whether anybody has read from `stream`. */
export const isDisturbed = (stream: ReadableStream): boolean => (stream as Real)[disturbed] === true;
