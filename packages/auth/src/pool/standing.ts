/** What is held against the value of a credential; nothing, as long as it is active. */
export interface Standing {
  readonly state: 'suspect' | 'quarantined' | 'revoked';
  /** When a call may try it again, on the monotonic clock; infinite if none may. */
  readonly probeAtMs: number;
  /** Probes that were rejected while it was quarantined. */
  readonly probes: number;
  /** Why, in a word: the code of the answer, or `by hand`. */
  readonly why: string;
}

/** What may happen to a credential. */
export type StandingEvent =
  /** A request was answered by a 401, one that was sent under the present standing. */
  | { readonly type: 'rejected'; readonly why: string; readonly nowMs: number }
  /** A request was answered, one that was sent under the present standing. */
  | { readonly type: 'accepted' }
  | { readonly type: 'revoked'; readonly why: string }
  | { readonly type: 'restored' };

/** How long a rejected credential waits. */
export interface StandingRules {
  readonly suspectMs: number;
  readonly probeMs: number;
  /** Rejected probes after which it is revoked; infinite if it never is. */
  readonly maxProbes: number;
}

/**
 * The table of states: one 401 makes a suspect, the next one a quarantine, and as many rejected probes as the rules
 * allow are the proof that it is revoked.
 */
export function nextStanding(
  current: Standing | undefined,
  event: StandingEvent,
  rules: StandingRules,
): Standing | undefined {
  switch (event.type) {
    case 'restored':
      return undefined;
    case 'revoked':
      return { state: 'revoked', probeAtMs: Number.POSITIVE_INFINITY, probes: 0, why: event.why };
    case 'accepted':
      return current?.state === 'revoked' ? current : undefined;
    default:
      return afterRejection(current, event, rules);
  }
}

function afterRejection(
  current: Standing | undefined,
  { why, nowMs }: { readonly why: string; readonly nowMs: number },
  { suspectMs, probeMs, maxProbes }: StandingRules,
): Standing {
  if (current === undefined) return { state: 'suspect', probeAtMs: nowMs + suspectMs, probes: 0, why };
  if (current.state === 'revoked') return current;
  const probes = current.state === 'quarantined' ? current.probes + 1 : 0;
  return probes >= maxProbes
    ? { state: 'revoked', probeAtMs: Number.POSITIVE_INFINITY, probes, why }
    : { state: 'quarantined', probeAtMs: nowMs + probeMs, probes, why };
}
