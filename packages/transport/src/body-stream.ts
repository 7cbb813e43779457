import type { Incoming } from './incoming.ts';

/** The bytes of `incoming` as a web stream: read when they are asked for, cancelled when they are not wanted. */
export function bodyStream(incoming: Incoming, failureOf: (error: unknown) => unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    type: 'bytes',
    async pull(controller) {
      try {
        const chunk = await incoming.read();
        // A copy, as a byte stream takes the buffer away from whoever else looks at it.
        if (chunk !== undefined) return controller.enqueue(new Uint8Array(chunk));
        controller.close();
        (controller as ReadableByteStreamController).byobRequest?.respond(0);
      } catch (error) {
        controller.error(failureOf(error));
      }
    },
    cancel: (reason) => incoming.abort(reason),
  });
}
