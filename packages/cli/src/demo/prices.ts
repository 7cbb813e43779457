/** Tokens of one answer, as the API counts them. */
export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * List prices in US dollars per million tokens, standard tier, uncached input; batches, cache and other
 * discounts are left out. What is computed from them is an estimate.
 *
 * @see https://platform.openai.com/docs/pricing
 */
const listPrices: Readonly<Record<string, { readonly inputUsd: number; readonly outputUsd: number }>> = {
  'gpt-5': { inputUsd: 1.25, outputUsd: 10 },
  'gpt-5-mini': { inputUsd: 0.25, outputUsd: 2 },
  'gpt-4.1-mini': { inputUsd: 0.4, outputUsd: 1.6 },
  'gpt-4.1-nano': { inputUsd: 0.1, outputUsd: 0.4 },
};

/** What an answer costs by list price; 0 for a model that is not listed. */
export function costUsd(model: string, tokens: Tokens): number {
  // The API names a snapshot, `gpt-4.1-nano-2025-04-14`, where an alias was asked for.
  const price = listPrices[model.replace(/-\d{4}-\d{2}-\d{2}$/, '')];
  if (price === undefined) return 0;
  return (tokens.inputTokens * price.inputUsd + tokens.outputTokens * price.outputUsd) / 1_000_000;
}
