import type { LoggedRequest } from '@holdfast/testkit';

/**
 * List prices in US dollars per million tokens, standard tier, uncached input. The fake counts a word as a token.
 *
 * @see https://platform.openai.com/docs/pricing
 */
const listPrices: Readonly<Record<string, { readonly inputUsd: number; readonly outputUsd: number }>> = {
  'gpt-5': { inputUsd: 1.25, outputUsd: 10 },
  'gpt-5-mini': { inputUsd: 0.25, outputUsd: 2 },
};

/** What the upstream bills for a request, whether or not anybody got to see the answer. */
export function billedUsd({ model = '', usage }: LoggedRequest): number {
  const price = listPrices[model];
  if (price === undefined || usage === undefined) return 0;
  return (usage.inputTokens * price.inputUsd + usage.outputTokens * price.outputUsd) / 1_000_000;
}
