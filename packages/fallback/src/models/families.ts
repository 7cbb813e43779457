import type { ModelCapabilities } from './capabilities.ts';
import { reasoners } from './reasoning-families.ts';
import { family, plain, type Family } from './family.ts';

const fourOh = { ...plain, vision: true, jsonSchema: true, maxOutputTokens: 16_384, prediction: true } as const;
const fourOne = { ...fourOh, contextTokens: 1_047_576, maxOutputTokens: 32_768 } as const;
const older = { ...plain, vision: false, jsonSchema: false, prediction: false, maxOutputTokens: 4096 } as const;
const audible = { ...plain, operations: ['chat'], audio: true, vision: false, jsonSchema: false } as const;
const vectors = { operations: ['embeddings'], customDimensions: true } as const;

/**
 * Models that answer at once. Prices and windows come from `@pydantic/genai-prices`; a window that stands here is
 * more exact.
 *
 * @see https://platform.openai.com/docs/models (windows, ceilings, features of each model)
 * @see https://platform.openai.com/docs/guides/predicted-outputs (`prediction`: gpt-4o and gpt-4.1 families)
 * @see https://platform.openai.com/docs/guides/embeddings (dimensions)
 * @see https://www.npmjs.com/package/@ai-sdk/openai 4.0.118, openai-model-catalog.ts (tiers, gpt-5-chat-latest)
 */
const others: readonly Family[] = [
  family('gpt-4\\.1(?:-mini|-nano)?', fourOne),
  // The first snapshot came before schemas and long answers.
  family('gpt-4o-2024-05-13', { ...fourOh, jsonSchema: false, maxOutputTokens: 4096 }),
  family('gpt-4o(?:-mini)?', fourOh),
  family('gpt-4o(?:-mini)?-search-preview', {
    operations: ['chat'],
    audio: false,
    reasoningEfforts: [],
    sampling: false,
    webSearch: true,
    maxOutputTokens: 16_384,
  }),
  family('gpt-4o(?:-mini)?-audio-preview|gpt-audio(?:-mini)?', { ...audible, maxOutputTokens: 16_384 }),
  family('gpt-5-chat-latest', {
    operations: ['chat', 'responses'],
    vision: true,
    audio: false,
    tools: false,
    reasoningEfforts: [],
    verbosity: false,
    webSearch: false,
  }),
  family('gpt-4-turbo', { ...older, vision: true }),
  family('gpt-4-(?:turbo|0125|1106)-preview', older),
  family('gpt-4(?:-0613)?', { ...older, jsonMode: false, maxOutputTokens: 8192 }),
  family('gpt-3\\.5-turbo(?:-0125|-1106)?', { ...older, serviceTiers: [] }),
  family('gpt-3\\.5-turbo-instruct', { operations: ['completions'], contextTokens: 4096, maxOutputTokens: 4096 }),
  family('text-embedding-3-small', { ...vectors, dimensions: 1536 }),
  family('text-embedding-3-large', { ...vectors, dimensions: 3072 }),
  family('text-embedding-ada-002', { ...vectors, dimensions: 1536, customDimensions: false }),
];

const families = [...others, ...reasoners];

/**
 * What is known of `model` without its prices: of a snapshot what is known of its family, of a fine-tuned one what is
 * known of what it was made from. Of names that somebody chose, such as deployments of Azure, nothing is known.
 */
export function familyOf(model: string): ModelCapabilities | undefined {
  const name = /^ft:([^:]+)/.exec(model)?.[1] ?? model;
  return families.find(([pattern]) => pattern.test(name))?.[1];
}
