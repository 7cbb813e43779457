import { NodeSDK } from '@opentelemetry/sdk-node';
import { ExponentialBackoff, handleAll, retry as cockatielRetry } from 'cockatiel';
import { holdfast, transport, type PresetOptions } from 'holdfast';
import OpenAI from 'openai';
import CircuitBreaker from 'opossum';
import { ofAiSdk, ofClient, ofLangChain, type Calls } from './calls.ts';

const apiKey = 'sk-bench';
const fresh = (baseURL: string, fetch?: typeof globalThis.fetch): OpenAI =>
  new OpenAI({ apiKey, baseURL, ...(fetch && { fetch }) });
const everything = (more: PresetOptions): PresetOptions => ({
  fallback: { models: { 'gpt-5': ['gpt-5-mini'] } },
  ...more,
});

/** As services run it: spans are gathered in batches; only where they would go is left out. */
function startSdk(): void {
  new NodeSDK({
    traceExporter: { export: (_spans, done) => done({ code: 0 }), shutdown: () => Promise.resolve() },
    instrumentations: [],
  }).start();
}

/** What a team would build by hand from the libraries of the field. */
function byHand(baseURL: string): OpenAI {
  const policy = cockatielRetry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() });
  const guarded = new CircuitBreaker(
    async (input: string | URL | Request, init?: RequestInit) => {
      const response = await globalThis.fetch(input, init);
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      return response;
    },
    { timeout: false, errorThresholdPercentage: 50, resetTimeout: 30_000, volumeThreshold: 10 },
  );
  const fetch: typeof globalThis.fetch = (input, init) => policy.execute(() => guarded.fire(input, init));
  return new OpenAI({ apiKey, baseURL, fetch, maxRetries: 0 });
}

/** Everything that is compared, by what the tables call it. The first one is what the others are measured by. */
export const contestants: Readonly<Record<string, (baseURL: string) => Calls>> = {
  'bare client': (baseURL) => ofClient(fresh(baseURL)),
  'by hand: opossum, cockatiel, global fetch': (baseURL) => ofClient(byHand(baseURL)),
  'AI SDK': (baseURL) => ofAiSdk(apiKey, baseURL),
  LangChain: (baseURL) => ofLangChain(apiKey, baseURL),
  'holdfast over the global fetch, without telemetry': (baseURL) =>
    ofClient(holdfast(fresh(baseURL), everything({ telemetry: false }))),
  'client + transport': (baseURL) => ofClient(fresh(baseURL, transport().fetch)),
  'everything, without telemetry': (baseURL) =>
    ofClient(holdfast(fresh(baseURL), everything({ telemetry: false, transport: transport() }))),
  'everything, telemetry without an SDK': (baseURL) =>
    ofClient(holdfast(fresh(baseURL), everything({ transport: transport() }))),
  'everything, telemetry with SDK and batches': (baseURL) => {
    startSdk();
    return ofClient(holdfast(fresh(baseURL), everything({ transport: transport() })));
  },
};
