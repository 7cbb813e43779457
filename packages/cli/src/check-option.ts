import { closest } from './closest.ts';
import { UsageError } from './usage-error.ts';

/** Options of a command, as `parseArgs` takes them. */
export type KnownOptions = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;

/** An option as it was typed. */
export interface TypedOption {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

/**
 * Checks that an option is one of `known`, and has a value where it takes one.
 *
 * @param examples - a value for each option that takes one.
 * @throws UsageError with what could have been meant.
 */
export function checkOption(
  { name, rawName, value }: TypedOption,
  known: KnownOptions,
  examples: Readonly<Record<string, string>>,
): void {
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) {
    const names = Object.keys(known);
    const meant = closest(name, names);
    const hint = meant === undefined ? `The options are --${names.join(', --')}.` : `Did you mean --${meant}?`;
    throw new UsageError(`Unknown option ${rawName}. ${hint}`);
  }
  const takesValue = option.type === 'string';
  if (!takesValue && value !== undefined) throw new UsageError(`--${name} takes no value, got "${value}".`);
  if (takesValue && (value === undefined || value === '' || value.startsWith('--')))
    throw new UsageError(`--${name} needs a value, e.g. --${name} ${examples[name]}.`);
}
