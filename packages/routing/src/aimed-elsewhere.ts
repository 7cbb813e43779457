import type { Call } from '@holdfast/core';

/**
 * Whether a layer further out has aimed the call at a certain endpoint, as a rung of `fallback` does: it brings the
 * key of that place, or has taken out what the client meant for its own.
 */
export function isAimedElsewhere(call: Call): boolean {
  const { credential, headerChanges, root } = call;
  if (credential !== undefined) return true;
  if (headerChanges !== undefined && (headerChanges['authorization'] === null || headerChanges['api-key'] === null))
    return true;
  const { origins } = root.binding;
  return origins.length > 0 && !origins.includes(call.route.origin);
}
