import type { Fetch } from '@holdfast/core';

/** A chat completion as the API answers it, in the fewest words. */
export const cannedAnswer = {
  id: 'chatcmpl-canned',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-5-2025-08-07',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Held fast.', refusal: null },
      finish_reason: 'stop',
      logprobs: null,
    },
  ],
  usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
} as const;

/** A JSON answer of the API. */
export function jsonAnswer(body: unknown = cannedAnswer, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(body), { ...init, headers });
}

/** An error answer of the API. */
export function errorAnswer(
  status: number,
  error: { code?: string | null; type?: string; message?: string } = {},
  headers: Record<string, string> = {},
): Response {
  const body = { error: { message: 'It failed.', type: 'api_error', param: null, code: null, ...error } };
  return jsonAnswer(body, { status, headers });
}

/** The chunks of a chat stream that says `words`, one event each, finish and `[DONE]` last. */
export function chatChunks(words: readonly string[]): string[] {
  const event = (choice: object): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-canned', object: 'chat.completion.chunk', created: 1, model: 'gpt-5', choices: [{ index: 0, ...choice }] })}\n\n`;
  return [
    ...words.map((content) => event({ delta: { content }, finish_reason: null })),
    event({ delta: {}, finish_reason: 'stop' }),
    'data: [DONE]\n\n',
  ];
}

/** An event stream of `chunks`, each handed out only when it is asked for. */
export function streamAnswer(
  chunks: readonly string[],
  watch: { pulled?: (index: number) => void; cancelled?: (reason: unknown) => void } = {},
): Response {
  const encoder = new TextEncoder();
  let index = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[index];
        if (chunk === undefined) return controller.close();
        watch.pulled?.(index);
        index++;
        controller.enqueue(encoder.encode(chunk));
      },
      cancel: (reason) => watch.cancelled?.(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** A `fetch` that gives the answers of `script` in turn, the last one again and again. Errors are thrown. */
export function cannedFetch(
  ...script: readonly ((url: string, init: RequestInit) => Response | Error | Promise<Response>)[]
): Fetch & { readonly calls: { url: string; init: RequestInit }[] } {
  const calls: { url: string; init: RequestInit }[] = [];
  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    calls.push({ url, init });
    init.signal?.throwIfAborted();
    const answer = script[Math.min(calls.length, script.length) - 1] ?? (() => jsonAnswer());
    const result = await answer(url, init);
    if (result instanceof Error) throw result;
    return result;
  };
  return Object.assign(fetch, { calls });
}

/** An upstream that never answers, and lets go when the caller does. */
export const hang = (_url: string, init: RequestInit): Promise<Response> =>
  new Promise((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error), { once: true });
  });
