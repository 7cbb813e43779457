import type { CredentialKind, Fault } from '@holdfast/core';

/**
 * What becomes of a credential of a pool.
 *
 * - `active`: takes its turn.
 * - `cooling`: used only where no other is active; a rate limit, an address that is not authorized, a source that failed.
 * - `suspect`: rejected once; waits for a probe.
 * - `quarantined`: rejected again, or its quota is spent; used for nothing but slow probes.
 * - `draining`: taken out by hand; calls that have it go on.
 * - `revoked`: out for good, by hand or because every probe of its quarantine was rejected.
 */
export type CredentialState = 'active' | 'cooling' | 'suspect' | 'quarantined' | 'draining' | 'revoked';

/** What `onQuarantine` of {@link AuthCallbacks} is told. */
export interface QuarantineEvent {
  readonly callId: string;
  readonly service: string;
  /** Id of the credential that is used no more; never a part of it. */
  readonly credential: string;
  readonly kind: CredentialKind;
  readonly fault: Fault;
  /** Where its quota is spent: what shares it. All its credentials are out. */
  readonly limitDomain?: string;
  /** How many credentials of the pool are left. */
  readonly usable: number;
}

/**
 * Why a source was asked: its value was `rejected`, is `ending` or has ended, has `changed` as its watch said, or
 * somebody `asked` for it through `refresh()`.
 */
export type RefreshTrigger = 'rejected' | 'ending' | 'changed' | 'asked';

/** What `onRefresh` of {@link AuthCallbacks} is told. */
export interface RefreshEvent {
  /** The call that asked; others may have waited for the same answer. Absent if none did. */
  readonly callId?: string;
  readonly service: string;
  /** Id of the credential; never a part of it. */
  readonly credential: string;
  readonly trigger: RefreshTrigger;
  /** `unchanged`: the source gave the same value again. */
  readonly result: 'renewed' | 'unchanged' | 'failed';
  /** What failed, in words that hold no secret. */
  readonly reason?: string;
  readonly durationMs: number;
}

/** What `onStateChange` of {@link AuthCallbacks} is told. */
export interface StateChangeEvent {
  /** The call that brought it about; absent if it was done by hand. */
  readonly callId?: string;
  readonly service: string;
  /** Id of the credential; never a part of it. */
  readonly credential: string;
  readonly from: CredentialState;
  readonly to: CredentialState;
  /** Why, in words that hold no secret. */
  readonly reason: string;
}

/** What `onEgressDenied` of {@link AuthCallbacks} is told. */
export interface EgressDeniedEvent {
  readonly callId: string;
  readonly service: string;
  /** Id of the credential with which it was noticed; others may be concerned as well. */
  readonly credential: string;
  readonly fault: Fault;
}

/** What `onAdminUse` of {@link AuthCallbacks} is told. */
export interface AdminUseEvent {
  readonly callId: string;
  readonly service: string;
  /** Id of the admin credential; never a part of it. */
  readonly credential: string;
  readonly method: string;
  /** Without query. */
  readonly address: string;
}
