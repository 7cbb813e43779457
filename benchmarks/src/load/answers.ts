/** What the far end answers, made once: a chat completion, whole or event by event, as bytes of HTTP/1.1. */

/** Events of a stream, its end included. */
export const streamEvents = 22;

const common = [
  'x-request-id: req_1',
  'openai-processing-ms: 12',
  'x-ratelimit-limit-requests: 10000',
  'x-ratelimit-remaining-requests: 9999',
  'x-ratelimit-reset-requests: 6ms',
  'connection: keep-alive',
].join('\r\n');

const completion = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(120) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 40, completion_tokens: 120, total_tokens: 160 },
});

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const event = (delta: object, finish: string | null): string =>
  chunk(
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_767_225_600, model: 'gpt-5', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
  );
const streamHead = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n${common}\r\ntransfer-encoding: chunked\r\n\r\n`;

/** A completion in one piece. */
export const whole = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${common}\r\ncontent-length: ${completion.length}\r\n\r\n${completion}`,
);

/** A stream, one piece per write: its head comes with the first event, the end of the body with the last. */
export const pieces: readonly Buffer[] = [
  streamHead + event({ content: 'word ' }, null),
  ...Array.from({ length: streamEvents - 3 }, () => event({ content: 'word ' }, null)),
  event({}, 'stop'),
  `${chunk('data: [DONE]\n\n')}0\r\n\r\n`,
].map((piece) => Buffer.from(piece));

const cannedHeaders = { 'content-type': 'application/json', 'x-request-id': 'req_1' };

/**
 * A `fetch` that answers from memory, in a later turn of the event loop as every network does: within one
 * turn nothing that a `WeakRef` or a `FinalizationRegistry` knows of is ever collected.
 */
export const cannedFetch = (): Promise<Response> =>
  new Promise((resolve) => setImmediate(() => resolve(new Response(completion, { headers: cannedHeaders }))));
