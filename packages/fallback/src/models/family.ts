import type { ModelCapabilities } from './capabilities.ts';

/** Which names belong to a family, and what its models can do. */
export type Family = readonly [RegExp, ModelCapabilities];

/** The models that `names` describes, each with the snapshots of its days. */
export const family = (names: string, can: ModelCapabilities): Family => [
  new RegExp(`^(?:${names})(?:-\\d{4}-\\d{2}-\\d{2})?$`),
  can,
];

/**
 * What holds for all that came before gpt-5.6.
 * @see https://developers.openai.com/api/docs/guides/prompt-caching (`prompt_cache_options` for gpt-5.6 and later)
 */
export const common: ModelCapabilities = {
  operations: ['chat', 'responses'],
  audio: false,
  tools: true,
  jsonMode: true,
  webSearch: false,
  promptCacheOptions: false,
};

/** A model that answers at once. */
export const plain: ModelCapabilities = {
  ...common,
  reasoningEfforts: [],
  sampling: true,
  maxTokens: 'also',
  verbosity: false,
  serviceTiers: ['priority', 'fast'],
};
