import OpenAI from 'openai';
import { onSettled, pipeline, type Fetch, type Middleware, type Outcome, type PipelineOptions } from '../src/index.ts';
import { ManualClock } from './parts.ts';

export * from './parts.ts';

export const chatUrl = 'https://api.openai.com/v1/chat/completions';
export const chatBody = '{"model":"gpt-5","messages":[]}';
export const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold.' }] };

/** A pipeline over `upstream` on a manual clock, as a `fetch` and behind the real client. */
export function bench(upstream: Fetch, options: PipelineOptions & { layers?: Middleware[] } = {}) {
  const clock = new ManualClock();
  const warnings: [string, unknown][] = [];
  const { layers = [], ...rest } = options;
  const warn = (text: string, cause?: unknown): void => void warnings.push([text, cause]);
  let builder = pipeline({ clock, random: () => 0.5, warn, fetch: upstream, ...rest });
  for (const layer of layers) builder = builder.use(layer);
  const resilient = builder.build();
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', fetch: upstream, logLevel: 'off' }));
  const post = (init: RequestInit & { holdfast?: object } = {}, url = chatUrl): Promise<Response> =>
    resilient.fetch(url, { method: 'POST', body: chatBody, headers: { authorization: 'Bearer sk-x' }, ...init });
  return { clock, warnings, resilient, client, post };
}

/** How `response` ended, once it has. */
export const outcomeOf = (response: Response): Promise<Outcome> =>
  new Promise((resolve) => onSettled(response, resolve));
