import { checkOptions, OptionError, rules, type Fault } from '@holdfast/core';

/** What {@link FallbackOptions.onFallback} is told. */
export interface FallbackEvent {
  readonly callId: string;
  readonly service: string;
  /** The model that failed. */
  readonly from: string;
  /** The model that is asked next. */
  readonly to: string;
  readonly fault: Fault;
}

/** How `fallback()` behaves. */
export interface FallbackOptions {
  /**
   * For each requested model the models to ask in its place, best first. A model without a ladder
   * is never replaced: no fallback is guessed.
   */
  readonly models: Readonly<Record<string, readonly string[]>>;
  /** Told before each step down. */
  readonly onFallback?: (event: FallbackEvent) => void;
}

/** Options, checked; the ladders as a map. */
export interface ResolvedFallbackOptions {
  readonly ladders: ReadonlyMap<string, readonly string[]>;
  readonly onFallback: ((event: FallbackEvent) => void) | undefined;
}

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: FallbackOptions): ResolvedFallbackOptions {
  checkOptions('fallback', options, {
    models: {
      expected: "ladders by requested model, e.g. { 'gpt-5': ['gpt-5-mini'] }",
      holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    },
    onFallback: rules.callback,
  });
  if (options.models === undefined)
    throw new OptionError('fallback.models', "ladders by requested model, e.g. { 'gpt-5': ['gpt-5-mini'] }", undefined);
  const ladders = new Map<string, readonly string[]>();
  for (const [model, ladder] of Object.entries(options.models)) {
    checkLadder(model, ladder);
    ladders.set(model, [...ladder]);
  }
  return { ladders, onFallback: options.onFallback };
}

function checkLadder(model: string, ladder: unknown): void {
  const option = `fallback.models[${JSON.stringify(model)}]`;
  const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
  if (!Array.isArray(ladder) || ladder.length === 0 || !ladder.every(isName))
    throw new OptionError(option, 'a list of at least one model name', ladder);
  if (ladder.includes(model) || new Set(ladder).size !== ladder.length)
    throw new OptionError(option, `each model once, and not ${JSON.stringify(model)} itself`, ladder);
}
