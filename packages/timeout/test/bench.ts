import { pipeline, type Fetch, type Middleware } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { timeout, type TimeoutEvent, type TimeoutOptions } from '../src/index.ts';

const urls = {
  chat: 'https://api.openai.com/v1/chat/completions',
  responses: 'https://api.openai.com/v1/responses',
} as const;

/** An API with event streams. */
export type Api = keyof typeof urls;

const data = (value: object, name = ''): string => `${name}data: ${JSON.stringify(value)}\n\n`;
const chat = (delta: object, reason: string | null = null): string =>
  data({ id: 'chatcmpl-1', model: 'gpt-5', choices: [{ index: 0, delta, finish_reason: reason }] });
const typed = (type: string, more: object): string => data({ type, ...more }, `event: ${type}\n`);

export const comment = ': keep-alive\n\n';

/** What each API sends, by what it means. */
export const events: Readonly<
  Record<Api, Readonly<Record<'frame' | 'word' | 'thought' | 'tool' | 'thinking' | 'end', string>>>
> = {
  chat: {
    frame: chat({ role: 'assistant', content: '' }),
    word: chat({ content: 'word ' }),
    thought: chat({ reasoning_content: 'hm' }),
    tool: chat({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }),
    // This API does not say that it has begun to think.
    thinking: comment,
    end: `${chat({}, 'stop')}data: [DONE]\n\n`,
  },
  responses: {
    frame: typed('response.in_progress', { response: { id: 'resp_1' } }),
    word: typed('response.output_text.delta', { delta: 'word ' }),
    thought: typed('response.reasoning_summary_text.delta', { delta: 'hm' }),
    tool: typed('response.function_call_arguments.delta', { delta: '{' }),
    thinking: typed('response.output_item.added', { item: { type: 'reasoning', id: 'rs_1' } }),
    end: typed('response.completed', { response: { id: 'resp_1', status: 'completed' } }),
  },
};

/** A part of a body, and when it comes, counted from the request. */
export type Piece = readonly [atMs: number, text: string];

/** An answer whose parts come when they come, whoever reads, and which is never over unless it `ends`. */
export function timedAnswer(
  clock: ManualClock,
  pieces: readonly Piece[],
  { type = 'text/event-stream', ends = false } = {},
): (url: string, init: RequestInit) => Response {
  return (_url, { signal }) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const timers = pieces.map(([atMs, text]) =>
          clock.setTimer(() => controller.enqueue(new TextEncoder().encode(text)), atMs),
        );
        if (ends) timers.push(clock.setTimer(() => controller.close(), pieces.at(-1)?.[0] ?? 0));
        signal?.addEventListener('abort', () => {
          for (const timer of timers) timer.cancel();
          controller.error(signal.reason);
        });
      },
    });
    return new Response(body, { headers: { 'content-type': type } });
  };
}

/** What answers, once it knows the clock. */
export type Upstream = (clock: ManualClock) => (url: string, init: RequestInit) => Response | Promise<Response>;

/** A pipeline with `timeout()` and whatever stands around it, on a manual clock. */
export function bench(
  upstream: Upstream,
  options: TimeoutOptions = {},
  { around = [], within = [] }: { around?: readonly Middleware[]; within?: readonly Middleware[] } = {},
) {
  const clock = new ManualClock();
  const told: TimeoutEvent[] = [];
  const warnings: string[] = [];
  const calls: RequestInit[] = [];
  const answer = upstream(clock);
  const answering: Fetch = async (url, init = {}) => {
    calls.push(init);
    init.signal?.throwIfAborted();
    return answer(String(url), init);
  };
  const onTimeout = (event: TimeoutEvent): void => void told.push(event);
  let builder = pipeline({ clock, random: () => 0.5, fetch: answering, warn: (text) => void warnings.push(text) });
  for (const layer of around) builder = builder.use(layer);
  builder = builder.use(timeout({ onTimeout, ...options }));
  for (const layer of within) builder = builder.use(layer);
  const { fetch } = builder.build();
  const post = (api: Api = 'chat', init: RequestInit & { holdfast?: object } = {}): Promise<Response> => {
    const body = JSON.stringify({ model: 'gpt-5', stream: true });
    return fetch(urls[api], { method: 'POST', body, headers: { authorization: 'Bearer sk-x' }, ...init });
  };
  return { clock, told, warnings, calls, post };
}

/** Gives everything further in `sliceMs`, and asks once more when that was not enough. */
export const slicing = (sliceMs: number, tries = 2): Middleware => ({
  name: 'slicing',
  layer: 'fallback',
  async handle(call, next) {
    for (let left = tries; ; left--) {
      try {
        return await next(call.with({ until: call.clock.monotonic() + sliceMs, attempt: tries - left + 1 }));
      } catch (error) {
        if (left === 1 || call.signal?.aborted === true) throw error;
      }
    }
  },
});
