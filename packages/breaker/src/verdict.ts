import type { Outcome, Verdict } from '@holdfast/core';

/**
 * How the circuit of a model counts an outcome. Only what the upstream did counts: a request that was wrong, a key
 * that was refused, a limit, or a caller who went away say nothing about its health.
 */
export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.fault?.trips === true) return 'fail';
  return outcome.ok ? 'ok' : 'ignored';
}

/**
 * How the circuit of an endpoint counts an outcome: whether there was a connection. A refusal came over one, and
 * a model that keeps silent says nothing about it.
 */
export function endpointVerdictOf({ fault, status, ok }: Outcome): Verdict {
  if (status !== undefined || fault?.status !== undefined || ok) return 'ok';
  return fault?.kind === 'network' || (fault?.kind === 'timeout' && fault.neverSent === true) ? 'fail' : 'ignored';
}

/** How the circuit of a credential counts an outcome: whether there is money left. */
export function credentialVerdictOf({ fault, ok }: Outcome): Verdict {
  if (fault?.kind === 'quota_exhausted') return 'fail';
  return ok ? 'ok' : 'ignored';
}
