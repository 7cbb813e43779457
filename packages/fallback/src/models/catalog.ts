import { familyOf, type ModelCapabilities } from './capabilities.ts';

/** What is known of models by name. */
export type Models = (model: string) => ModelCapabilities | undefined;

/** What callers know better, by model. */
export type Overrides = Readonly<Record<string, ModelCapabilities>>;

/**
 * What models can do and cost. The prices are half a megabyte of data, and nobody needs them before something has
 * failed, so they are loaded then, once.
 */
export function catalog(overrides: Overrides): () => Promise<Models> {
  let loading: Promise<Models> | undefined;
  return () => (loading ??= load(overrides));
}

async function load(overrides: Overrides): Promise<Models> {
  const { calcPrice } = await import('@pydantic/genai-prices');
  const million = { input_tokens: 1_000_000, output_tokens: 1_000_000 };
  const found = new Map<string, ModelCapabilities | undefined>();
  const look = (model: string): ModelCapabilities | undefined => {
    const name = /^ft:([^:]+)/.exec(model)?.[1] ?? model;
    const price = calcPrice(million, name, { providerId: 'openai' });
    const known: ModelCapabilities = {
      ...(price !== null && {
        inputUsdPerMillion: price.input_price,
        outputUsdPerMillion: price.output_price,
        ...(price.model.context_window !== undefined && { contextTokens: price.model.context_window }),
      }),
      ...familyOf(model),
      ...overrides[model],
    };
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
