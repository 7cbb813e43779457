import type { JsonObject } from './json.ts';
import type { TokenUsage } from './reply.ts';

/** The members that all objects of one completion have in common. */
export interface CompletionHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly systemFingerprint: string;
}

/** Usage in the words of chat completions. */
export const chatUsage = (usage: TokenUsage): JsonObject => ({
  prompt_tokens: usage.inputTokens,
  completion_tokens: usage.outputTokens,
  total_tokens: usage.inputTokens + usage.outputTokens,
  prompt_tokens_details: { cached_tokens: usage.cachedTokens, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: usage.reasoningTokens,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});

/** Usage of `count` answers to the same question: the question is read once. */
export const usageOfAll = (usage: TokenUsage, count: number): TokenUsage =>
  count === 1
    ? usage
    : { ...usage, outputTokens: usage.outputTokens * count, reasoningTokens: usage.reasoningTokens * count };
