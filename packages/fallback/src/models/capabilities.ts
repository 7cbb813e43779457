/** What a model can do. What is not stated is not known, and nothing is changed on a guess. */
export interface ModelCapabilities {
  /** Tokens of input and output together. */
  readonly contextTokens?: number;
  /** Tokens of the longest answer, thoughts included. */
  readonly maxOutputTokens?: number;
  /** Takes images. */
  readonly vision?: boolean;
  /** Takes and gives sound in chat completions. */
  readonly audio?: boolean;
  readonly tools?: boolean;
  /** Keeps to a JSON schema. */
  readonly jsonSchema?: boolean;
  /** Answers in JSON of any shape. */
  readonly jsonMode?: boolean;
  /** The efforts that it can be told to reason with; empty for one that does not reason. */
  readonly reasoningEfforts?: readonly string[];
  /** Takes `temperature`, `top_p`, the penalties, `logprobs` and `logit_bias`. */
  readonly sampling?: boolean;
  /** Takes `max_tokens` in chat completions. Every model takes `max_completion_tokens`, unless it says `only`. */
  readonly maxTokens?: 'also' | 'only' | 'never';
  readonly inputUsdPerMillion?: number;
  readonly outputUsdPerMillion?: number;
}

const gpt = { vision: true, tools: true, jsonSchema: true, jsonMode: true } as const;
const reasoner = { tools: true, jsonSchema: true, jsonMode: true, sampling: false, maxTokens: 'never' } as const;
const plain = { sampling: true, reasoningEfforts: [], maxTokens: 'also' } as const;

/**
 * Families by the beginning of their names, the longest first; the snapshot of a day is like its family. Prices and
 * context windows come from `@pydantic/genai-prices`.
 *
 * @see https://platform.openai.com/docs/models
 */
const families: readonly (readonly [string, ModelCapabilities])[] = (
  [
    [
      'gpt-5',
      { ...gpt, ...reasoner, maxOutputTokens: 128_000, reasoningEfforts: ['minimal', 'low', 'medium', 'high'] },
    ],
    ['gpt-5.1', { ...gpt, ...reasoner, maxOutputTokens: 128_000, reasoningEfforts: ['none', 'low', 'medium', 'high'] }],
    ['gpt-4.1', { ...gpt, ...plain, maxOutputTokens: 32_768 }],
    ['gpt-4o', { ...gpt, ...plain, maxOutputTokens: 16_384 }],
    ['gpt-4-turbo', { ...plain, vision: true, tools: true, jsonMode: true, jsonSchema: false, maxOutputTokens: 4096 }],
    [
      'gpt-3.5-turbo',
      { ...plain, vision: false, tools: true, jsonMode: true, jsonSchema: false, maxOutputTokens: 4096 },
    ],
    ['o1', { ...reasoner, vision: true, maxOutputTokens: 100_000, reasoningEfforts: ['low', 'medium', 'high'] }],
    ['o3', { ...reasoner, vision: true, maxOutputTokens: 100_000, reasoningEfforts: ['low', 'medium', 'high'] }],
    ['o3-mini', { ...reasoner, vision: false, maxOutputTokens: 100_000, reasoningEfforts: ['low', 'medium', 'high'] }],
    ['o4-mini', { ...reasoner, vision: true, maxOutputTokens: 100_000, reasoningEfforts: ['low', 'medium', 'high'] }],
  ] as readonly (readonly [string, ModelCapabilities])[]
).toSorted(([a], [b]) => b.length - a.length);

/** Sizes and days that stand behind the name of a family without changing what is said of it. */
const variant = /^(?:-(?:mini|nano|\d{4}-\d{2}-\d{2}|\d{4}|latest))*$/;

/** What is known of `model` without its prices. Of a fine-tuned one, what is known of what it was made from. */
export function familyOf(model: string): ModelCapabilities | undefined {
  const name = /^ft:([^:]+)/.exec(model)?.[1] ?? model;
  return families.find(([family]) => name.startsWith(family) && variant.test(name.slice(family.length)))?.[1];
}
