import { readFileSync } from 'node:fs';
import { UsageError } from '../usage-error.ts';
import type { CostOf } from './tally.ts';

/** US dollars for a million tokens. */
interface Price {
  readonly inputUsd: number;
  readonly outputUsd: number;
  /** Of input that was cached. @defaultValue `inputUsd` */
  readonly cachedInputUsd?: number;
}

const shape = '{ "gpt-5": { "inputUsd": 1.25, "outputUsd": 10, "cachedInputUsd": 0.125 } }, per million tokens';

/**
 * Reads a list of prices.
 *
 * @throws UsageError for a file that cannot be read, or that is none.
 */
export function pricesOf(file: string): CostOf {
  const prices = checked(file, parsed(file));
  return (model, { inputTokens, cachedInputTokens, outputTokens }) => {
    // The API names a snapshot, `gpt-5-2025-08-07`, where an alias was asked for.
    const price = prices.get(model) ?? prices.get(model.replace(/-\d{4}-\d{2}-\d{2}$/, ''));
    if (price === undefined) return undefined;
    const { inputUsd, outputUsd, cachedInputUsd = inputUsd } = price;
    const cached = Math.min(cachedInputTokens, inputTokens);
    const input = (inputTokens - cached) * inputUsd + cached * cachedInputUsd;
    return (input + outputTokens * outputUsd) / 1_000_000;
  };
}

function parsed(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The prices in ${file} cannot be read: ${(error as Error).message}.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`${file} is no list of prices: it is no JSON; expected ${shape}.`);
  }
}

function checked(file: string, list: unknown): ReadonlyMap<string, Price> {
  if (typeof list !== 'object' || list === null || Array.isArray(list))
    throw new UsageError(`${file} is no list of prices: expected ${shape}.`);
  for (const [model, price] of Object.entries(list))
    if (!isPrice(price)) throw new UsageError(`${file} has no price for ${JSON.stringify(model)}: expected ${shape}.`);
  return new Map(Object.entries(list as Record<string, Price>));
}

function isPrice(price: unknown): price is Price {
  if (typeof price !== 'object' || price === null) return false;
  const { inputUsd, outputUsd, cachedInputUsd } = price as Record<string, unknown>;
  return isUsd(inputUsd) && isUsd(outputUsd) && (cachedInputUsd === undefined || isUsd(cachedInputUsd));
}

const isUsd = (value: unknown): boolean => typeof value === 'number' && value >= 0 && Number.isFinite(value);
