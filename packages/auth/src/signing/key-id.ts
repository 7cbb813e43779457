import { printable } from './structured-fields.ts';

/** Longest name of a key. */
export const longestKeyId = 128;

/** What the name of a key is, as the end of "expected …". */
export const keyIdRule: string = `1 to ${longestKeyId} characters of printable ASCII`;

/** Whether a value can name a key. */
export const isKeyId = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= longestKeyId && printable.test(value);
