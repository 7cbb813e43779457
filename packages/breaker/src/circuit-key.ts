import type { Call } from '@holdfast/core';

/** Longer names are cut, because what callers ask for must not fill the memory. */
const maxNameLength = 128;

/** What a circuit is kept for, in words: the model, or the kind of operation where none is asked for. */
export function subjectOf(call: Call): string {
  const { model } = call.body;
  return model === undefined ? `*${call.route.operation}` : model.slice(0, maxNameLength);
}

/**
 * Names the circuit that counts a call: one per endpoint and model, e.g. `https://api.openai.com gpt-5`.
 * The same call as before gets the very same string, which maps then need not hash again.
 */
export function circuitKeys(): (call: Call) => string {
  let origin: string | undefined;
  let subject: string | undefined;
  let key = '';
  return (call) => {
    const wanted = subjectOf(call);
    if (wanted !== subject || call.route.origin !== origin) {
      origin = call.route.origin;
      subject = wanted;
      key = `${origin} ${subject}`;
    }
    return key;
  };
}
