import { common, family, type Family } from './family.ts';

const reasoner = {
  ...common,
  vision: true,
  jsonSchema: true,
  sampling: false,
  maxTokens: 'never',
  prediction: false,
  serviceTiers: ['flex', 'priority', 'fast'],
} as const;

const threeEfforts = ['low', 'medium', 'high'] as const;
const oSeries = {
  ...reasoner,
  maxOutputTokens: 100_000,
  reasoningEfforts: threeEfforts,
  parallelToolCalls: false,
  verbosity: false,
} as const;

const five = { ...reasoner, verbosity: true, maxOutputTokens: 128_000 } as const;
/** Its window is two, one for each direction. */
const early = {
  ...five,
  maxInputTokens: 272_000,
  reasoningEfforts: ['minimal', ...threeEfforts],
  stop: false,
} as const;
const codex = { ...reasoner, operations: ['responses'], maxOutputTokens: 128_000 } as const;
const quiet = {
  sampling: 'without_reasoning',
  reasoningEfforts: ['none', ...threeEfforts, 'xhigh'],
} as const;
/** Ceilings of these are not published everywhere alike, and are left to the server. */
const latest = {
  ...reasoner,
  ...quiet,
  verbosity: true,
  reasoningEfforts: [...quiet.reasoningEfforts, 'max'],
  promptCacheOptions: true,
} as const;
const six = { ...latest, promptCacheRetentions: [] } as const;

/**
 * Models that think before they answer.
 *
 * @see https://platform.openai.com/docs/models (windows, ceilings, endpoints)
 * @see https://developers.openai.com/api/docs/guides/reasoning (efforts, their defaults)
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning (what reasoning models refuse; the input of
 * 272,000; no parallel tool calls in the o-series)
 * @see https://platform.openai.com/docs/guides/latest-model#gpt-5-1-parameter-compatibility (`none` and sampling)
 * @see https://www.npmjs.com/package/@ai-sdk/openai 4.0.118, openai-model-catalog.ts (efforts by version, tiers)
 * @see https://github.com/huggingface/smolagents/pull/1662, pull/1868, issues/1893 (`stop` up to gpt-5.2)
 * @see https://github.com/itzcrazykns/vane/issues/1173 (gpt-5.6 with tools in chat completions)
 * @see openai 7.57.0, `ChatCompletionCreateParamsBase` (`stop` of o3 and o4-mini; `prompt_cache_retention` from gpt-5.5)
 */
export const reasoners: readonly Family[] = [
  family('o1', { ...oSeries, serviceTiers: [] }),
  family('o3|o4-mini', { ...oSeries, stop: false }),
  family('o3-mini', { ...oSeries, vision: false }),
  family('o1-pro|o3-pro', { ...oSeries, operations: ['responses'] }),
  family('gpt-5|gpt-5-mini', early),
  family('gpt-5-nano', { ...early, serviceTiers: ['flex'] }),
  family('gpt-5-pro', { ...codex, reasoningEfforts: ['high'], maxOutputTokens: 272_000 }),
  family('gpt-5-codex|gpt-5\\.[123]-codex(?:-mini|-max)?', codex),
  family('gpt-5\\.[245]-pro', { audio: false, sampling: false, maxTokens: 'never' }),
  family('gpt-5\\.1', {
    ...five,
    ...quiet,
    reasoningEfforts: ['none', ...threeEfforts],
    defaultEffort: 'none',
    stop: false,
  }),
  family('gpt-5\\.2', { ...five, ...quiet, defaultEffort: 'none', stop: false }),
  family('gpt-5\\.4(?:-mini|-nano)?', { ...five, ...quiet, defaultEffort: 'none' }),
  family('gpt-5\\.5', { ...five, ...quiet, defaultEffort: 'medium', promptCacheRetentions: ['24h'] }),
  family('gpt-5\\.6(?:-sol|-terra|-luna)?', { ...latest, toolsWithReasoning: false, promptCacheRetentions: ['24h'] }),
  family('gpt-6-sol|gpt-6-luna|gpt-6\\.1-terra', six),
  family('gpt-6-astra|gpt-6\\.1-sol', { ...six, sampling: false, reasoningEfforts: [...threeEfforts, 'xhigh', 'max'] }),
  // Open weights: what the parameters are called is for whoever serves them.
  family('(?:openai/)?gpt-oss-(?:20b|120b)', { vision: false, audio: false, reasoningEfforts: threeEfforts }),
];
