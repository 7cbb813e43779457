import type { Call } from '@holdfast/core';

/** Longer names are cut, because what callers ask for must not fill the memory. */
const maxNameLength = 128;

/** What a circuit is kept for, in words: the model, or the kind of operation where none is asked for. */
export function subjectOf(call: Call): string {
  const { model } = call.target;
  return model === undefined ? `*${call.route.operation}` : model.slice(0, maxNameLength);
}

/** The circuit that counts a call: one per endpoint and model, e.g. `https://api.openai.com gpt-5`. */
export function circuitKey(call: Call): string {
  return `${call.route.origin} ${subjectOf(call)}`;
}
