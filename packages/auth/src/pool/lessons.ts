import { faultOf, type Call, type Fault, type Secret } from '@holdfast/core';
import type { Announcer } from './announcer.ts';
import type { Ledger } from '../quarantine/ledger.ts';
import { modelOf, type Member } from './member.ts';
import type { PoolMeans } from '../options.ts';
import type { Pool } from './pool.ts';
import { isTaken } from './rejection.ts';
import type { StandingEvent, StandingRules } from './standing.ts';

/** A request as it was sent: with whom, with what, and under which standing. */
export interface Sent {
  readonly member: Member;
  readonly secret: Secret;
  readonly epoch: number;
  /** Whether it was to find out if the member is well again. */
  readonly isProbe: boolean;
}

/** What a lesson is learned with. */
export interface Lessons {
  readonly pool: Pool;
  readonly rules: PoolMeans;
  readonly announcer: Announcer;
  readonly ledger: Ledger | undefined;
}

/** A long rest that a server asks for is not believed beyond this, in milliseconds. */
const longestCoolingMs = 300_000;

/** Learns from an answer that is a fault, or from that to a probe, what it says about credential, limits and rights. */
export function learn(call: Call, sent: Sent, response: Response, lessons: Lessons): void {
  const fault = faultOf(response);
  const { member, secret } = sent;
  const nowMs = call.clock.monotonic();
  const { rules } = lessons;
  if (isTaken(fault)) {
    member.cache.accepted(secret);
    if (sent.isProbe) passed(call, sent, fault, lessons);
  }
  switch (fault?.kind) {
    case 'invalid_credential':
      judge(call, sent, lessons, fault);
      break;
    case 'rate_limited':
      member.domain.cool(modelOf(call), nowMs + Math.min(longestCoolingMs, fault.retryAfterMs ?? rules.coolMs));
      break;
    case 'quota_exhausted':
      spend(call, sent, fault, lessons);
      break;
    case 'permission_denied':
      member.lack(call, nowMs + rules.forgetMs);
      break;
    case 'egress_denied':
      member.spare(nowMs + rules.egressMs);
      lessons.announcer.egressDenied(call, member, fault);
      break;
    default:
  }
}

/** The code of an answer, if it looks like one: it may be put together from anything. */
const wordFor = ({ code, kind }: Fault): string => (/^[a-z_]{1,40}$/.test(code ?? '') ? (code as string) : kind);

/** A probe was taken: what was held against the value is over, and so is a spent quota unless this answer says it. */
function passed(call: Call, sent: Sent, fault: Fault | undefined, lessons: Lessons): void {
  const { rules, announcer, ledger, pool } = lessons;
  const { member, secret } = sent;
  const from = member.state(call.context);
  if (member.epoch === sent.epoch) member.meet({ type: 'accepted' }, rules);
  if (fault?.kind !== 'quota_exhausted') member.domain.refill();
  ledger?.keep(call, member, secret);
  for (const other of pool.members) {
    const shared = other.domain === member.domain && other !== member ? other.cache.secret : undefined;
    if (shared !== undefined) ledger?.keep(call, other, shared);
  }
  const to = member.state(call.context);
  if (from !== to) announcer.changed(call, member, { from, to, reason: 'upstream took a probe' });
}

/** Where a key stands alone nothing is held against it, and what was sent under an earlier standing counts no more. */
function judge(call: Call, sent: Sent, { pool, rules, announcer, ledger }: Lessons, fault: Fault): void {
  const { member, secret, epoch } = sent;
  if (pool.isSole || epoch !== member.epoch) return;
  const from = member.state(call.context);
  const event: StandingEvent = { type: 'rejected', why: wordFor(fault), nowMs: call.clock.monotonic() };
  member.meet(event, rulesFor(member, rules), secret);
  ledger?.keep(call, member, secret);
  const to = member.state(call.context);
  if (from === to) return;
  announcer.changed(call, member, { from, to, reason: `upstream rejected it (${event.why})` });
  if (to === 'quarantined') announcer.quarantined(call, member, { fault, usable: pool.usable });
}

/** What a source gives can be another value at any time, so nothing proves it dead. */
const rulesFor = (member: Member, rules: PoolMeans): StandingRules =>
  member.cache.renewable ? { ...rules, maxProbes: Number.POSITIVE_INFINITY } : rules;

/** The quota of a domain is spent: all its credentials are out, and one of them looks now and then. */
function spend(call: Call, { member, secret }: Sent, fault: Fault, { pool, rules, announcer, ledger }: Lessons): void {
  if (pool.isSole) return;
  const { domain } = member;
  const isNew = domain.quota === undefined;
  const from = member.state(call.context);
  domain.spend({ probeAtMs: call.clock.monotonic() + rules.probeMs, why: wordFor(fault) });
  ledger?.keep(call, member, secret);
  if (!isNew) return;
  const { usable } = pool;
  const reason = `the quota of ${domain.name} is spent`;
  call.journey.decision('auth', 'quarantine', `${reason}; ${usable} of ${pool.members.length} credentials left`);
  announcer.changed(call, member, { from, to: 'quarantined', reason });
  announcer.quarantined(call, member, { fault, usable, limitDomain: domain.name });
}
