/**
 * What watches the bytes of a body go by. `push`, `end` and `fail` return what may be passed on;
 * where `fail` returns nothing, the error itself is.
 */
export interface BodyTap {
  push(chunk: Uint8Array): Uint8Array | undefined;
  end(): Uint8Array | undefined;
  fail(error: unknown): Uint8Array | undefined;
  cancel(): void;
}

/**
 * The body of an event stream with a tap on it: same events, same bytes, nothing read ahead,
 * cancelling forwarded, the source's lock released at the end.
 */
export function tappedStream(source: () => ReadableStream<Uint8Array>, tap: BodyTap): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const close = (controller: ReadableStreamDefaultController<Uint8Array>, last?: Uint8Array): void => {
    if (last !== undefined && last.length > 0) controller.enqueue(last);
    controller.close();
    reader?.releaseLock();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= source().getReader();
        try {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return close(controller, tap.end());
            const block = tap.push(value);
            if (block !== undefined) return controller.enqueue(block);
          }
        } catch (error) {
          const last = tap.fail(error);
          if (last !== undefined) return close(controller, last);
          reader.releaseLock();
          throw error;
        }
      },
      async cancel(reason) {
        tap.cancel();
        reader ??= source().getReader();
        await reader.cancel(reason);
        reader.releaseLock();
      },
    },
    { highWaterMark: 0 },
  );
}
