import type { Route } from '@holdfast/core';

/** Providers that the conventions name, by the end of their host names. */
const providers: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)openai\.com$/, 'openai'],
  [/\.azure\.(?:com|us|cn)$/, 'azure.ai.openai'],
  [/\.amazonaws\.com$/, 'aws.bedrock'],
  [/-aiplatform\.googleapis\.com$/, 'gcp.vertex_ai'],
  [/^generativelanguage\.googleapis\.com$/, 'gcp.gemini'],
  [/(?:^|\.)mistral\.ai$/, 'mistral_ai'],
  [/(?:^|\.)groq\.com$/, 'groq'],
  [/(?:^|\.)deepseek\.com$/, 'deepseek'],
  [/(?:^|\.)perplexity\.ai$/, 'perplexity'],
  [/(?:^|\.)x\.ai$/, 'x_ai'],
];

/**
 * The `gen_ai.provider.name` for a host. Hosts that nobody knows (a gateway, a server of one's own,
 * loopback) speak the API of OpenAI, so that is what they are called.
 */
export function providerOfHost(host: string): string {
  return providers.find(([pattern]) => pattern.test(host))?.[1] ?? 'openai';
}

/** Remembered by route, since pipelines keep the routes of their calls. */
const known = new WeakMap<Route, string>();

/** The `gen_ai.provider.name` for a route. */
export function providerOf(route: Route): string {
  let provider = known.get(route);
  if (provider === undefined) {
    provider = providerOfHost(route.host);
    known.set(route, provider);
  }
  return provider;
}
