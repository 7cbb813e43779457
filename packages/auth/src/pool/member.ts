import type { Call, Context, Credential, CredentialKind, Secret } from '@holdfast/core';
import type { CachedCredential } from '../value/cached-credential.ts';
import type { CredentialState } from '../events.ts';
import type { LimitDomain } from './limit-domain.ts';
import { operationKey } from './operation-key.ts';
import { nextStanding, type Standing, type StandingEvent, type StandingRules } from './standing.ts';

/** Operations remembered that a credential may not do; more than that start over. */
const maxLacking = 64;

/** Who a credential is within its pool. */
export interface Identity {
  readonly id: string;
  readonly kind: CredentialKind;
  readonly project: string | undefined;
}

/** How a member suits a call: at once, rather not, as a probe, or not at all. */
export type Fitness = 'ready' | 'reluctant' | 'probe' | 'out';

/** One credential of a pool: its value, and what is held against it. */
export class Member {
  readonly identity: Identity;
  readonly cache: CachedCredential;
  readonly domain: LimitDomain;
  /** Taken out by hand. */
  isDraining = false;
  #standing: Standing | undefined;
  /** The value that the standing is about; `undefined` if it is about any. */
  #judged: Secret | undefined;
  #epoch = 0;
  #probingUntilMs = 0;
  /** Until when, by operation. */
  #lacking: Map<string, number> | undefined;
  #sparedUntilMs = 0;
  #bound: Credential | undefined;

  constructor(identity: Identity, cache: CachedCredential, domain: LimitDomain) {
    this.identity = identity;
    this.cache = cache;
    this.domain = domain;
  }

  get id(): string {
    return this.identity.id;
  }

  /** Counts the changes of standing: an answer to what was sent under an earlier one says nothing about the present. */
  get epoch(): number {
    return this.#epoch;
  }

  /** What is held against the value; another value is as good as new. */
  get standing(): Standing | undefined {
    const { secret } = this.cache;
    if (this.#standing !== undefined && this.#judged !== undefined && secret !== undefined)
      if (!secret.equals(this.#judged)) this.#stand(undefined, undefined);
    return this.#standing;
  }

  /** Whether it takes its turn without further questions. */
  get isSpotless(): boolean {
    return (
      this.#standing === undefined &&
      !this.isDraining &&
      this.#lacking === undefined &&
      this.#sparedUntilMs === 0 &&
      this.domain.isSpotless &&
      this.cache.secret !== undefined
    );
  }

  /** Whether whoever is sent out with it now is a probe. */
  get isOnProbation(): boolean {
    return this.#standing !== undefined || this.domain.quota !== undefined;
  }

  fitness({ clock }: Context, call: Call | undefined): Fitness {
    if (this.isSpotless) return 'ready';
    if (this.isDraining) return 'out';
    const nowMs = clock.monotonic();
    const probeAtMs = this.usableAt();
    if (probeAtMs !== undefined) return nowMs < probeAtMs ? 'out' : 'probe';
    const isSpared = this.sparedUntil(nowMs, call) > nowMs || this.cache.outage(clock) !== undefined;
    return isSpared ? 'reluctant' : 'ready';
  }

  /** Until when others are preferred, for `call` or for the worst that there may be; 0 if they are not. */
  sparedUntil(nowMs: number, call: Call | undefined): number {
    if (this.#sparedUntilMs <= nowMs) this.#sparedUntilMs = 0;
    const model = call && modelOf(call);
    return Math.max(this.domain.coolingUntil(nowMs, model), this.#sparedUntilMs, this.#lacksUntil(nowMs, call));
  }

  /** Others are preferred until then. */
  spare(untilMs: number): void {
    this.#sparedUntilMs = untilMs;
  }

  /** It may not do what `call` wants; others are preferred for that until then. */
  lack(call: Call, untilMs: number): void {
    const lacking = (this.#lacking ??= new Map());
    if (lacking.size >= maxLacking) lacking.clear();
    lacking.set(operationKey(call), untilMs);
  }

  /** Whether its state is another one now. */
  meet(event: StandingEvent, rules: StandingRules, secret?: Secret): boolean {
    const before = this.standing;
    const after = nextStanding(before, event, rules);
    if (after === before) return false;
    this.#stand(after, after === undefined ? undefined : secret);
    return before?.state !== after?.state;
  }

  /** Takes over what was held against `secret` before a restart. */
  adopt(standing: Standing, secret: Secret): void {
    this.#stand(standing, secret);
  }

  /** Nobody else probes until then, or until the probe has ended. */
  beginProbe(untilMs: number): void {
    if (this.#standing === undefined) this.domain.probingUntilMs = untilMs;
    else this.#probingUntilMs = untilMs;
  }

  /** The probe is over. One that told nothing is followed by another, but not before `nextAtMs`. */
  endProbe(nextAtMs: number): void {
    if (this.isOnProbation) this.beginProbe(nextAtMs);
  }

  state(context: Context): CredentialState {
    const { standing } = this;
    if (standing?.state === 'revoked') return 'revoked';
    if (this.isDraining) return 'draining';
    if (standing !== undefined || this.domain.quota !== undefined) return standing?.state ?? 'quarantined';
    const isSpared = this.sparedUntil(context.clock.monotonic(), undefined) > 0;
    return isSpared || this.cache.outage(context.clock) !== undefined ? 'cooling' : 'active';
  }

  /** When it may be probed, on the monotonic clock; infinite if never, `undefined` if it needs no probe. */
  usableAt(): number | undefined {
    if (this.isDraining) return Number.POSITIVE_INFINITY;
    const { standing, domain } = this;
    if (standing !== undefined) return Math.max(standing.probeAtMs, this.#probingUntilMs);
    return domain.quota && Math.max(domain.quota.probeAtMs, domain.probingUntilMs);
  }

  /** The credential with `secret`, for `origins` and nowhere else. */
  bind(secret: Secret, origins: readonly string[]): Credential {
    const known = this.#bound;
    if (known !== undefined && known.secret === secret && known.origins === origins) return known;
    const { id, kind } = this.identity;
    this.#bound = Object.freeze({ id, kind, secret, origins, limitDomain: this.domain.name });
    return this.#bound;
  }

  #stand(standing: Standing | undefined, judged: Secret | undefined): void {
    this.#standing = standing;
    this.#judged = judged;
    this.#probingUntilMs = 0;
    this.#epoch++;
  }

  #lacksUntil(nowMs: number, call: Call | undefined): number {
    if (this.#lacking === undefined || call === undefined) return 0;
    const key = operationKey(call);
    const untilMs = this.#lacking.get(key) ?? 0;
    if (untilMs <= nowMs) this.#lacking.delete(key);
    if (this.#lacking.size === 0) this.#lacking = undefined;
    return untilMs;
  }
}

/** What rate limits are told apart by within a domain. */
export const modelOf = (call: Call): string => call.body.model ?? call.route.operation;
