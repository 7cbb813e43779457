import type { Call } from '@holdfast/core';

/** Longer names are cut, because what callers ask for must not fill the memory. */
const maxNameLength = 128;

/** What a circuit is kept for, in words: model and operation, or the kind of operation where no model is asked for. */
export function subjectOf(call: Call): string {
  const { model } = call.body;
  const { operation } = call.route;
  return model === undefined ? `${operation} calls` : `${model.slice(0, maxNameLength)} ${operation}`;
}

/** The circuits that a call has to pass, by name. */
export interface CircuitKeys {
  /** One per endpoint, model and operation, e.g. `https://api.openai.com gpt-5 chat`. */
  readonly target: string;
  /** One per endpoint, e.g. `https://api.openai.com *`. */
  readonly endpoint: string;
}

/**
 * Names the circuits of a call. One like the call before gets the very same strings, which maps then need not
 * hash again.
 */
export function circuitKeys(): (call: Call) => CircuitKeys {
  let latest: { readonly origin: string; readonly model: string | undefined; readonly operation: string } | undefined;
  let keys: CircuitKeys = { target: '', endpoint: '' };
  return (call) => {
    const { origin, operation } = call.route;
    const { model } = call.body;
    const isLatest = latest !== undefined && latest.model === model && latest.origin === origin;
    if (isLatest && latest?.operation === operation) return keys;
    latest = { origin, model, operation };
    const name = model === undefined ? '*' : model.slice(0, maxNameLength);
    keys = { target: `${origin} ${name} ${operation}`, endpoint: `${origin} *` };
    return keys;
  };
}
