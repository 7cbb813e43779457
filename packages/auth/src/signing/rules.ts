import { OptionError, rules, type Clock, type Rule } from '@holdfast/core';
import { originRule } from '../origin-rule.ts';
import { isField } from './message.ts';
import { keyPattern, printable } from './structured-fields.ts';

/** The rules that both sides share. */
export const signingRules: Readonly<Record<'tag' | 'label' | 'fields' | 'timeoutMs' | 'clock', Rule>> = {
  tag: {
    expected: '1 to 64 characters of printable ASCII',
    holds: (value) => typeof value === 'string' && value.length > 0 && value.length <= 64 && printable.test(value),
  },
  label: {
    expected: 'up to 64 of a-z, 0-9, _ . - and *, the first a letter or *',
    holds: (value) => typeof value === 'string' && value.length <= 64 && keyPattern.test(value),
  },
  fields: {
    expected: 'a list of names of fields, in lower case',
    holds: (value) => Array.isArray(value) && value.every(isField),
  },
  timeoutMs: {
    expected: 'a duration in milliseconds, above 0',
    holds: (value) => rules.durationMs.holds(value) && value !== 0,
  },
  clock: { expected: 'a Clock', holds: (value) => typeof (value as Partial<Clock> | null)?.now === 'function' },
};

/** @throws OptionError for what is no list of origins. */
export function checkedOrigins(option: string, origins: readonly string[]): readonly string[] {
  if (!Array.isArray(origins) || origins.length === 0)
    throw new OptionError(option, 'a list of at least one origin', origins);
  origins.forEach((origin, index) => {
    if (!originRule.holds(origin)) throw new OptionError(`${option}[${index}]`, originRule.expected, origin);
  });
  return Object.freeze([...origins]);
}
