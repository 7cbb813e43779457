import { checkOptions, rules, type Usage } from '@holdfast/core';

/** How a story is told. */
export interface ExplainOptions {
  /**
   * Columns of a line, at least 20. Narrow lines have shorter bars, and below 48 columns none.
   * @defaultValue 80
   */
  readonly width?: number;
  /** Whether it is coloured, by ANSI sequences. @defaultValue false, as nobody here knows where the text goes */
  readonly color?: boolean;
  /** Whether it keeps to ASCII, for what cannot show more. @defaultValue false */
  readonly ascii?: boolean;
  /**
   * What an answer of this model with these tokens cost, in US dollars. One that throws, or gives no number, says
   * nothing.
   * @defaultValue nothing is said of cost
   */
  readonly costOf?: (model: string, usage: Usage) => number | undefined;
}

/** Options with every default in its place. */
export interface ResolvedExplainOptions extends Required<Omit<ExplainOptions, 'costOf'>> {
  readonly costOf: ExplainOptions['costOf'] | undefined;
}

/** The only place where a default stands. */
export const defaults: ResolvedExplainOptions = Object.freeze({
  width: 80,
  color: false,
  ascii: false,
  costOf: undefined,
});

const narrowest = 20;

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: ExplainOptions): ResolvedExplainOptions {
  checkOptions('explain', options, {
    width: rules.wholeFrom(narrowest),
    color: rules.flag,
    ascii: rules.flag,
    costOf: rules.callback,
  });
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given };
}
