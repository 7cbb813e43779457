import { pipeline, type Fetch, type Middleware } from '@holdfast/core';
import { chatChunks, errorAnswer, jsonAnswer, ManualClock, streamAnswer } from '@holdfast/testkit';
import { breaker, type BreakerOptions } from '../src/index.ts';
import { plain } from './engine/bench.ts';

export type Answer = (url: string, init: RequestInit) => Response | Error | Promise<Response>;

export const origin = 'https://api.openai.com';
export const key = `${origin} gpt-5 chat`;
export const endpointKey = `${origin} *`;

/** A service behind a breaker, on a manual clock. @param outer - a layer further out. */
export function setUp(upstream: Fetch, options: BreakerOptions = {}, outer?: Middleware) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const layer = breaker(options.engine === undefined ? { ...plain, ...options } : options);
  const builder = pipeline({ clock, fetch: upstream, warn: (text) => void warnings.push(text) });
  if (outer !== undefined) builder.use(outer);
  const resilient = builder.use(layer).build();
  const call = (init: RequestInit & { model?: string; path?: string } = {}) => {
    const { model = 'gpt-5', path = '/v1/chat/completions', ...rest } = init;
    const body = JSON.stringify({ model, messages: [], stream: true });
    return resilient.fetch(origin + path, { method: 'POST', body, ...rest });
  };
  return {
    clock,
    layer,
    resilient,
    warnings,
    call,
    state: (circuit = key) => layer.status().get(circuit),
    /** Whole calls, each read to its end before the next one. */
    async calls(count: number): Promise<void> {
      for (let index = 0; index < count; index++) await readAll(call());
    },
  };
}

export async function readAll(pending: Promise<Response>): Promise<void> {
  try {
    await (await pending).text();
  } catch {
    // How it ended is the circuit's business.
  }
}

export const down = () => errorAnswer(503);
export const good = () => jsonAnswer();
const streamed = (chunks: readonly string[]) => streamAnswer(chunks, { pulled: () => undefined });
export const whole = () => streamed(chatChunks(['a', 'b']));
/** Headers and the first words come, the rest never does. */
export const dying = () => streamed(chatChunks(['a', 'b']).slice(0, 1));
