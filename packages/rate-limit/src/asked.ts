import type { Call } from '@holdfast/core';

/**
 * Asks a callback of the user's something about a call. One that throws is reported, and what holds without it is
 * taken.
 *
 * @param name - of the option.
 */
export function asked<A, R>(call: Call, name: string, callback: (about: A) => R, about: A): R | undefined {
  try {
    return callback(about);
  } catch (error) {
    call.context.warn(`holdfast ${call.service}: rateLimit.${name} threw`, error);
    return undefined;
  }
}
