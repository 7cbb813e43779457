import { calcPrice } from '@pydantic/genai-prices';
import {
  auth,
  breaker,
  fallback,
  pipeline,
  rateLimit,
  retry,
  telemetry,
  timeout,
  transport,
  type Usage,
} from 'holdfast';
import OpenAI from 'openai';

/** The model that everybody asks for, and the one below it. */
export const models = { asked: 'gpt-5', below: 'gpt-5-mini' } as const;

/** A client whose calls can be seen. */
export interface Service {
  readonly client: OpenAI;
  close(): Promise<void>;
}

/** The pipeline of a service that is looked at: every layer that tells something. */
export function createService(baseURL: string, keys: readonly { readonly key: string }[]): Service {
  const resilient = pipeline({ service: 'answers' })
    .use(telemetry({ costOf, streamUsageHosts: [new URL(baseURL).host] }))
    .use(fallback({ models: { [models.asked]: [models.below] } }))
    .use(retry({ maxRetries: 2, initialDelayMs: 50, maxDelayMs: 400 }))
    .use(rateLimit({ maxWaitMs: 2000 }))
    .use(breaker({ openMs: 1500 }))
    .use(timeout({ headersMs: 1000 }))
    .use(auth({ credentials: keys.map(({ key }) => ({ credential: async () => key, project: 'answers' })) }))
    .use(transport())
    .build();
  return { client: resilient.wrap(new OpenAI({ apiKey: 'given by auth', baseURL })), close: () => resilient.close() };
}

/** List price of an answer in US dollars. */
function costOf(model: string, { inputTokens, outputTokens, cachedInputTokens }: Usage): number | undefined {
  const usage = { input_tokens: inputTokens, output_tokens: outputTokens, cache_read_tokens: cachedInputTokens };
  return calcPrice(usage, model, { providerId: 'openai' })?.total_price;
}
