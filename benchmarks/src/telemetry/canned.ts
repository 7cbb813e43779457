/** What is asked for: an answer in one piece, or a stream of so many chunks with content. */
export type Kind = 'plain' | 'stream of 50' | 'stream of 250';

/** Chunks with content of each kind. */
export const chunksOf: Readonly<Record<Kind, number>> = { plain: 0, 'stream of 50': 50, 'stream of 250': 250 };

const usage = { prompt_tokens: 40, completion_tokens: 120, total_tokens: 160 };
const plain = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(120) }, finish_reason: 'stop' }],
  usage,
});

/**
 * A `fetch` that answers from memory, in a later turn of the event loop as every network does. The chunks of a stream
 * come one at a time, each when it is asked for, with usage in the end, as the API tells it where it is asked to.
 */
export function cannedAnswers(kind: Kind): typeof globalThis.fetch {
  const frames = framesOf(chunksOf[kind]);
  return (_input, init) =>
    new Promise((resolve) =>
      setImmediate(() => {
        if (kind === 'plain')
          return resolve(
            new Response(plain, { headers: { 'content-type': 'application/json', 'x-request-id': 'req_1' } }),
          );
        const tellsUsage = typeof init?.body === 'string' && init.body.includes('"include_usage":true');
        const sent = tellsUsage ? frames.told : frames.untold;
        return resolve(
          new Response(streamOf(sent), { headers: { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' } }),
        );
      }),
    );
}

function streamOf(frames: readonly Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const frame = frames[next++];
      if (frame === undefined) controller.close();
      // A copy, as a network never gives the same bytes twice.
      else controller.enqueue(frame.slice());
    },
  });
}

function framesOf(chunks: number): Readonly<Record<'told' | 'untold', readonly Uint8Array<ArrayBuffer>[]>> {
  const encoder = new TextEncoder();
  const frame = (fields: object): Uint8Array<ArrayBuffer> => {
    const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_767_225_600, model: 'gpt-5' };
    return encoder.encode(`data: ${JSON.stringify({ ...head, ...fields })}\n\n`);
  };
  const done = encoder.encode('data: [DONE]\n\n');
  const all = (more: object): Uint8Array<ArrayBuffer>[] => [
    frame({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], ...more }),
    ...Array.from({ length: chunks }, () =>
      frame({ choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }], ...more }),
    ),
    frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], ...more }),
  ];
  return {
    untold: [...all({}), done],
    told: [...all({ usage: null }), frame({ choices: [], usage }), done],
  };
}
