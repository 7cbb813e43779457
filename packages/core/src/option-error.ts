/** An option was set to something that cannot work. Thrown by factories, before any call is made. */
export class OptionError extends TypeError {
  readonly code = 'invalid_option';

  /**
   * @param option - full name, e.g. `retry.maxRetries`.
   * @param rule - what was expected, as the end of "expected …".
   * @param value - what came; printed unless it may be a secret.
   */
  constructor(option: string, rule: string, value: unknown) {
    super(`${option}: expected ${rule}, got ${printed(value)}`);
    this.name = 'OptionError';
  }
}

/** A key that was put where another option belongs must not end up in a log. */
const maybeSecret = /^(?:sk-|bearer )|[\w+/=-]{20}/i;

function printed(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return maybeSecret.test(value) ? `a string of ${value.length} characters` : JSON.stringify(value.slice(0, 60));
}

/** What a key looks like among names: its prefix, or letters and digits without a break. */
const keyLike = /^(?:sk-|bearer )|(?=[\w+/=]*\d)(?=[\w+/=]*[a-z])[\w+/=]{24}/i;

/** A name as it may be told in an error. A key that was written where a name belongs is told by its length alone. */
export const safeName = (name: string): string => (keyLike.test(name) ? `(a name of ${name.length} characters)` : name);

/** A rule for one option: says what it expects and whether a value meets it. */
export interface Rule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value);

/** The rules that options of several packages share. */
export const rules = {
  wholeFrom: (least: number): Rule => ({
    expected: `a whole number from ${least}`,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  }),
  durationMs: {
    expected: 'a duration in milliseconds, 0 or more',
    holds: (value) => isNumber(value) && value >= 0 && Number.isFinite(value),
  } as Rule,
  ratio: {
    expected: 'a ratio between 0 and 1',
    holds: (value) => isNumber(value) && value >= 0 && value <= 1,
  } as Rule,
  flag: { expected: 'true or false', holds: (value) => typeof value === 'boolean' } as Rule,
  callback: { expected: 'a function', holds: (value) => typeof value === 'function' } as Rule,
} as const;

/**
 * Checks the options of one factory: unknown names are refused with the known ones,
 * `undefined` stands for the default and is not checked.
 *
 * @throws OptionError for the first option that breaks its rule.
 */
export function checkOptions(
  factory: string,
  options: object,
  known: Readonly<Record<string, Rule | undefined>>,
): void {
  if (typeof options !== 'object' || options === null) throw new OptionError(factory, 'an object of options', options);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name))
      throw new OptionError(`${factory}.${safeName(name)}`, `one of ${Object.keys(known).join(', ')}`, name);
    const rule = known[name];
    if (value !== undefined && rule !== undefined && !rule.holds(value))
      throw new OptionError(`${factory}.${name}`, rule.expected, value);
  }
}
