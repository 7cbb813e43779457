import { ManualClock } from '../../testkit/src/manual-clock.ts';

export {
  cannedAnswer,
  cannedFetch,
  chatChunks,
  errorAnswer,
  hang,
  jsonAnswer,
  streamAnswer,
} from '../../testkit/src/canned.ts';
export { ManualClock };

/** Lets what is resolved run its course. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** An event stream of `bytes`, cut before each offset of `cuts`; ends with `error` where one is given. */
export function bytesAnswer(bytes: Uint8Array, cuts: readonly number[] = [], error?: unknown): Response {
  const edges = [...new Set([0, ...cuts, bytes.length])].toSorted((a, b) => a - b);
  const chunks = edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge));
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (error === undefined) controller.close();
        else controller.error(error);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

export const concat = (blocks: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(blocks.reduce((length, block) => length + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
};

/** What a loop over a stream of the client saw: its items, and the error that ended it. */
export async function consume<T>(stream: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of stream) items.push(item);
  } catch (error) {
    return { items, error };
  }
  return { items, error: undefined };
}
