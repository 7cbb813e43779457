import type { Random } from '@holdfast/core';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Makes the next id with a prefix, e.g. `chatcmpl-`. */
export type NextId = (prefix: string) => string;

/**
 * Ids that look like the real ones and are the same in every run: a head drawn once from
 * `random`, then a counter. Unique per server, whatever the prefix.
 */
export function idSequence(random: Random): NextId {
  const head = Array.from({ length: 14 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  let counter = 0;
  return (prefix) => prefix + head + (counter++).toString(36).padStart(10, '0');
}
