import type { Outcome, Verdict } from '@holdfast/core';

/**
 * How a circuit counts an outcome. Only what the upstream did counts: a request that was wrong, a key
 * that was refused, a limit, or a caller who went away say nothing about its health.
 */
export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.fault?.trips === true) return 'fail';
  return outcome.ok ? 'ok' : 'ignored';
}
