import type { Operation } from '@holdfast/core';

/** What a model can do. What is not stated is not known, and nothing is changed on a guess. */
export interface ModelCapabilities {
  /** What it can be asked for. A model of responses alone gets no chat completion. */
  readonly operations?: readonly Operation[];
  /** Tokens of input and output together. */
  readonly contextTokens?: number;
  /** Tokens of the longest input, where that is less than the context. */
  readonly maxInputTokens?: number;
  /** Tokens of the longest answer, thoughts included. */
  readonly maxOutputTokens?: number;
  /** Takes images. */
  readonly vision?: boolean;
  /** Takes and gives sound in chat completions. */
  readonly audio?: boolean;
  readonly tools?: boolean;
  /** Takes `parallel_tool_calls`. */
  readonly parallelToolCalls?: boolean;
  /** Takes tools together with an effort other than `none` in chat completions. */
  readonly toolsWithReasoning?: boolean;
  /** Keeps to a JSON schema. */
  readonly jsonSchema?: boolean;
  /** Answers in JSON of any shape. */
  readonly jsonMode?: boolean;
  /** The efforts that it can be told to reason with; empty for one that does not reason. */
  readonly reasoningEfforts?: readonly string[];
  /** The effort of a request that names none. */
  readonly defaultEffort?: string;
  /**
   * Takes `temperature`, `top_p`, the penalties, `logprobs` and `logit_bias`; `without_reasoning` for one that takes
   * the first two and `logprobs` at the effort `none`.
   */
  readonly sampling?: boolean | 'without_reasoning';
  /** Takes `max_tokens` in chat completions. Every model takes `max_completion_tokens`, unless it says `only`. */
  readonly maxTokens?: 'also' | 'only' | 'never';
  /** Takes `stop`. */
  readonly stop?: boolean;
  /** Takes `verbosity`. */
  readonly verbosity?: boolean;
  /** Takes `prediction`. */
  readonly prediction?: boolean;
  /** Takes `web_search_options` in chat completions. */
  readonly webSearch?: boolean;
  /** Which of the tiers `flex`, `priority` and `fast` it has. The others are everybody's. */
  readonly serviceTiers?: readonly string[];
  /** What `prompt_cache_retention` may be. */
  readonly promptCacheRetentions?: readonly string[];
  /** Takes `prompt_cache_options`. */
  readonly promptCacheOptions?: boolean;
  /** How long its vectors are, unless a request says otherwise. */
  readonly dimensions?: number;
  /** Takes `dimensions`, up to its own. */
  readonly customDimensions?: boolean;
  readonly inputUsdPerMillion?: number;
  readonly outputUsdPerMillion?: number;
}
