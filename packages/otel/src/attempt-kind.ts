import type { AttemptEntry, Call } from '@holdfast/core';

/** Why a request was sent. */
export type AttemptKind = 'initial' | 'retry' | 'fallback' | 'hedge' | 'auth_refresh';

/** The request before this one. */
export interface PreviousAttempt {
  /** The count of the retry layer when it was sent. */
  readonly attempt: number;
  readonly entry: AttemptEntry;
}

/** Why a request is sent, from what it has in common with the one before it. */
export function attemptKindOf(call: Call, entry: AttemptEntry, previous: PreviousAttempt | undefined): AttemptKind {
  if (previous === undefined) return 'initial';
  if (call.attempt > 1 && call.attempt !== previous.attempt) return 'retry';
  const { durationMs, origin, model, fault } = previous.entry;
  // The one before it may have had its headers, and still be waited for.
  const isHealed = durationMs !== undefined && fault?.scope === 'credential';
  if (durationMs === undefined || (call.isHedge && !isHealed)) return 'hedge';
  if (origin !== entry.origin || model !== entry.model) return 'fallback';
  return fault?.scope === 'credential' ? 'auth_refresh' : 'retry';
}
