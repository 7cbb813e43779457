import type { Clock, Context, CredentialKind } from '@holdfast/core';
import type { CredentialState } from '../events.ts';
import type { Member } from './member.ts';

/** How one credential is doing. Holds no part of it. */
export interface CredentialStatus {
  readonly id: string;
  readonly kind: CredentialKind;
  readonly state: CredentialState;
  /** Why it is not active, in a few words. */
  readonly why?: string;
  /** When it is tried again or preferred no less than others, in milliseconds since the Unix epoch, where known. */
  readonly untilMs?: number;
  /** When its value ends, in milliseconds since the Unix epoch, where known. */
  readonly expiresAtMs?: number;
  readonly project?: string;
  readonly limitDomain: string;
}

export function statusOf(member: Member, context: Context): CredentialStatus {
  const { identity, domain, cache } = member;
  const { project, ...about } = identity;
  const { why, untilMs } = plight(member, context);
  return {
    ...about,
    state: member.state(context),
    ...(why !== undefined && { why }),
    ...(Number.isFinite(untilMs) && { untilMs: dateOf(untilMs as number, context.clock) }),
    ...(Number.isFinite(cache.expiresAtMs) && { expiresAtMs: cache.expiresAtMs }),
    ...(project !== undefined && { project }),
    limitDomain: domain.name,
  };
}

/** `untilMs` is on the monotonic clock. */
function plight(member: Member, { clock }: Context): { readonly why?: string; readonly untilMs?: number | undefined } {
  const { standing, domain, isDraining, cache } = member;
  if (standing?.state !== 'revoked' && isDraining) return { why: 'by hand' };
  const held = standing ?? domain.quota;
  if (held !== undefined) return { why: held.why, untilMs: member.usableAt() };
  const nowMs = clock.monotonic();
  const sparedMs = member.sparedUntil(nowMs, undefined);
  if (sparedMs > 0)
    return { why: domain.coolingUntil(nowMs) > 0 ? 'rate_limited' : 'egress_denied', untilMs: sparedMs };
  const outage = cache.outage(clock);
  return outage === undefined ? {} : { why: outage.reason, untilMs: nowMs + outage.leftMs };
}

const dateOf = (monotonicMs: number, clock: Clock): number => clock.now() + monotonicMs - clock.monotonic();
