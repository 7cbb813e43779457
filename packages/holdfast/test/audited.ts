import type { Upstream } from '@holdfast/testkit';
import {
  audit,
  auth,
  breaker,
  callbackSink,
  fallback,
  pipeline,
  rateLimit,
  retry,
  telemetry,
  timeout,
  transport,
  type AuditLine,
  type AuditMiddleware,
  type Middleware,
} from 'holdfast';
import OpenAI from 'openai';

export const prompt = 'Whisper the prompt canary';
export const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: prompt }] };
export const key = 'sk-canary-key-0123456789';

/** A service with its log, over a real server. */
export interface Bench {
  readonly client: OpenAI;
  readonly upstream: Upstream;
  readonly layer: AuditMiddleware;
  readonly kept: string[];
  /** How many calls were made. */
  readonly made: () => number;
  ask(options?: OpenAI.RequestOptions): Promise<unknown>;
  stream(options?: OpenAI.RequestOptions): Promise<AsyncIterable<OpenAI.ChatCompletionChunk>>;
}

const fast = { maxRetries: 2, initialDelayMs: 1, maxDelayMs: 2 };

/** Every layer that there is, over a real server. */
export function bench(upstream: Upstream, more: readonly Middleware[] = []): Bench {
  const kept: string[] = [];
  const layer = audit({ sink: callbackSink((lines) => void kept.push(...lines)), contentKey: 'sixteen-or-more-chars' });
  const own = new Set(more.map((one) => one.layer));
  const onion = [
    telemetry(),
    layer,
    fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }),
    retry(fast),
    rateLimit(),
    breaker(),
    timeout(),
    auth(),
    transport(),
  ].filter((one) => one === layer || !own.has(one.layer as never));
  const at = (one: { layer: string }): number => order.indexOf(one.layer);
  const builder = pipeline({ service: 'shop', warn: () => undefined });
  for (const one of [...onion, ...more].toSorted((a, b) => at(a) - at(b))) builder.use(one);
  const client = builder.build().wrap(new OpenAI({ apiKey: key, baseURL: upstream.baseURL }));
  let made = 0;
  return {
    ...{ client, upstream, layer, kept, made: () => made },
    ask: (options) => (made++, client.chat.completions.create(params, options)),
    stream: (options) => (made++, client.chat.completions.create({ ...params, stream: true }, options)),
  };
}

const order = 'telemetry audit fallback hedge retry rateLimit breaker timeout auth transport'.split(' ');

/** The lines, parsed. */
export const parsed = (kept: readonly string[]): AuditLine[] => kept.map((line) => JSON.parse(line) as AuditLine);
