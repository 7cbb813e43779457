import type { calcPrice } from '@pydantic/genai-prices';
import type { ModelCapabilities } from './capabilities.ts';
import { familyOf } from './families.ts';

/** What is known of models by name. */
export type Models = (model: string) => ModelCapabilities | undefined;

/** What callers know better, by model. */
export type Overrides = Readonly<Record<string, ModelCapabilities>>;

/** The part of `@pydantic/genai-prices` that is used. */
interface Prices {
  readonly calcPrice: typeof calcPrice;
}

/**
 * What models can do and cost. The prices are half a megabyte of data, and nobody needs them before something has
 * failed, so they are loaded then, once.
 *
 * @param loadPrices - replaced in tests.
 */
export function catalog(
  overrides: Overrides,
  loadPrices: () => Promise<Prices> = () => import('@pydantic/genai-prices'),
): () => Promise<Models> {
  let loading: Promise<Models> | undefined;
  return () => (loading ??= load(overrides, loadPrices));
}

async function load(overrides: Overrides, loadPrices: () => Promise<Prices>): Promise<Models> {
  // A bundle may leave the data out: a ladder without prices is better than none.
  const prices = await loadPrices().catch(() => undefined);
  const found = new Map<string, ModelCapabilities | undefined>();
  const look = (model: string): ModelCapabilities | undefined => {
    const own = Object.hasOwn(overrides, model) ? overrides[model] : undefined;
    const known: ModelCapabilities = { ...(prices && pricedBy(prices, model)), ...familyOf(model), ...own };
    return Object.keys(known).length === 0 ? undefined : known;
  };
  return (model) => {
    if (!found.has(model)) {
      // Callers may ask for anything.
      if (found.size >= 1000) found.clear();
      found.set(model, look(model));
    }
    return found.get(model);
  };
}

/** Window and prices. A fine-tuned model has the window of its base, and prices that are not its base's. */
function pricedBy(prices: Prices, model: string): ModelCapabilities {
  const base = /^ft:([^:]+)/.exec(model)?.[1];
  const price = prices.calcPrice({}, base ?? model, { providerId: 'openai' });
  if (price === null) return {};
  const { context_window: contextTokens } = price.model;
  const { input_mtok: input, output_mtok: output } = price.model_price;
  const known: Writable<ModelCapabilities> = {};
  if (contextTokens !== undefined) known.contextTokens = contextTokens;
  if (base !== undefined) return known;
  if (input !== undefined) known.inputUsdPerMillion = baseOf(input);
  if (output !== undefined) known.outputUsdPerMillion = baseOf(output);
  return known;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Very long inputs cost more with some models; what most requests cost is compared. */
const baseOf = (price: number | { readonly base: number }): number => (typeof price === 'number' ? price : price.base);
