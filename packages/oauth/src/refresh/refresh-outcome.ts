import { classifyError } from '@holdfast/core';
import { OAuthError } from '../oauth-error.ts';

/** What a failed refresh did to its refresh token. */
export interface RefreshOutcome {
  /**
   * `kept`: it can be sent again. `revoked`: it is taken no more. `unknown`: it may be spent, and nobody has what came
   * in its place.
   */
  readonly token: 'kept' | 'revoked' | 'unknown';
  /** In words that hold no secret. */
  readonly reason: string;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** Errors by which a provider says that only the user can help. @see RFC 6749 §5.2; OpenID Connect Core §3.1.2.6 */
const needsUser: ReadonlySet<unknown> = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
]);

/**
 * What `error` says about the refresh token. An error of the flows here says it itself; of any other, the `error` and
 * `status` of an OAuth answer are read, and whether the request was sent at all.
 */
export function outcomeOf(error: unknown): RefreshOutcome {
  if (error instanceof OAuthError) return ofFlow(error);
  const { error: answered, status } = Object(error) as Readonly<Record<string, unknown>>;
  const retryAfterMs = undefined;
  if (needsUser.has(answered)) return { token: 'revoked', reason: String(answered), retryAfterMs };
  if (isFailure(status)) return { token: 'kept', reason: `the provider answered with ${status}`, retryAfterMs };
  if (typeof answered === 'string') return { token: 'kept', reason: 'the provider refused', retryAfterMs };
  return classifyError(error).neverSent
    ? { token: 'kept', reason: 'the provider could not be reached, and nothing was sent', retryAfterMs }
    : { token: 'unknown', reason: 'the refresh broke before a whole answer came', retryAfterMs };
}

function ofFlow(error: OAuthError): RefreshOutcome {
  const { code, providerError, status, mayBeUsed, retryAfterMs } = error;
  const named = [code, providerError, status].filter((part) => part !== undefined).join(', ');
  const outcome = (token: RefreshOutcome['token']): RefreshOutcome => ({ token, reason: named, retryAfterMs });
  if (code === 'invalid_grant' || code === 'no_refresh_token' || needsUser.has(providerError))
    return outcome('revoked');
  // Whoever answers with an error has given no tokens that could be lost.
  return outcome(mayBeUsed && !isFailure(status) ? 'unknown' : 'kept');
}

const isFailure = (status: unknown): status is number => Number.isInteger(status) && (status as number) >= 400;
