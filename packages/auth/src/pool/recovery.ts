import { discard, faultOf, refuse, type Call, type Next, type Secret } from '@holdfast/core';
import { CredentialError } from '../credential-error.ts';
import { exhaustion } from './exhausted-message.ts';
import { learn, type Lessons, type Sent } from './lessons.ts';
import type { Member } from './member.ts';
import { isRejected } from './rejection.ts';

/** What a recovery needs beside the call. */
export interface Means extends Lessons {
  readonly origins: readonly string[];
}

/** A request as it was answered, by something that its credential may be the reason of. */
export interface Answered extends Sent {
  readonly response: Response;
}

/**
 * The way of one call to a credential that works, once the first is not at hand, is a probe or was rejected: each
 * credential of the pool at most once, and a token once more after its refresh.
 */
export class Recovery {
  readonly #call: Call;
  readonly #next: Next;
  readonly #means: Means;
  readonly #tried = new Set<Member>();
  readonly #failures: CredentialError[] = [];
  /** Upstream's own answer, to be handed back if nothing better comes. */
  #last: Response | undefined;

  constructor(call: Call, next: Next, means: Means) {
    this.#call = call;
    this.#next = next;
    this.#means = means;
  }

  /** Goes on after an answer that has been learned from. */
  async after(answered: Answered): Promise<Response> {
    this.#tried.add(answered.member);
    return this.#run(() => this.#afterRejection(answered, false));
  }

  /** @param first - the one whose turn it is, if there is any. */
  async from(first: Member | undefined): Promise<Response> {
    return this.#run(async () => first && this.#attempt(first));
  }

  async #run(begin: () => Promise<Response | undefined>): Promise<Response> {
    const { pool } = this.#means;
    try {
      let answer = await begin();
      while (answer === undefined) {
        const member = pool.choose(this.#call.context, this.#call, this.#tried);
        if (member === undefined) break;
        answer = await this.#attempt(member);
      }
      return answer ?? this.#giveUp();
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  async #attempt(member: Member): Promise<Response | undefined> {
    const isProbe = !this.#means.pool.isSole && member.isOnProbation;
    this.#tried.add(member);
    try {
      if (isProbe) this.#decide('probe', `${member.id} is ${member.state(this.#call.context)}; this call tries it`);
      const secret = await this.#obtain(member);
      // It may have been rejected for others while its value was waited for.
      if (secret === undefined || (!isProbe && this.#isOut(member))) return undefined;
      return await this.#send({ member, secret, epoch: member.epoch, isProbe }, false);
    } finally {
      if (isProbe) member.endProbe(this.#call.clock.monotonic() + this.#means.rules.suspectMs);
    }
  }

  async #send(sent: Sent, isRenewed: boolean): Promise<Response | undefined> {
    this.#letGo();
    const credential = sent.member.bind(sent.secret, this.#means.origins);
    if (credential.kind === 'admin') this.#means.announcer.adminUsed(this.#call, sent.member);
    const response = await this.#next(this.#call.with({ credential }));
    if (isRejected(response)) return this.#afterRejection({ ...sent, response }, isRenewed);
    const isProbeOfQuota = sent.isProbe && faultOf(response)?.kind === 'quota_exhausted';
    learn(this.#call, sent, response, this.#means);
    if (!isProbeOfQuota || !this.#call.body.replayable) return response;
    // The call has only lent itself to the probe.
    this.#last = response;
    return undefined;
  }

  /** What to do about a 401: an answer to hand back, or `undefined` to go on to the next credential. */
  async #afterRejection(answered: Answered, isRenewed: boolean): Promise<Response | undefined> {
    const { member, secret, response } = answered;
    const { cache } = member;
    this.#last = response;
    if (!this.#call.body.replayable) {
      this.#decide('give_up', `${member.id} was rejected, and a streamed body cannot be sent twice`);
      if (cache.renewable) cache.retire(secret);
      else this.#hold(answered);
      return response;
    }
    // A fresh token that is rejected too is not stale: asking for another would go on for ever.
    const failures = this.#failures.length;
    const fresh = cache.renewable && !isRenewed ? await this.#renew(member, secret) : undefined;
    if (fresh !== undefined) {
      this.#decide('refresh', `the token of ${member.id} was rejected; the call goes on with its new one`);
      return this.#send({ ...answered, secret: fresh, epoch: member.epoch }, true);
    }
    // A source that fails says nothing about the value; it is left alone for a while.
    if (this.#failures.length === failures) this.#hold(answered);
    return undefined;
  }

  /** Nothing better is there, so it counts against the credential. */
  #hold(answered: Answered): void {
    const { member, response } = answered;
    const { pool } = this.#means;
    learn(this.#call, answered, response, this.#means);
    if (pool.isSole) return;
    const state = member.state(this.#call.context);
    this.#decide(
      state === 'quarantined' ? 'quarantine' : 'suspect',
      `${member.id} was rejected and is ${state}; ${pool.usable} of ${pool.members.length} credentials left`,
    );
  }

  /** The value of `member`, or `undefined` when its source failed or the value is known to be useless. */
  async #obtain(member: Member): Promise<Secret | undefined> {
    const { ledger, pool } = this.#means;
    const isKnown = member.cache.secret !== undefined;
    const secret = await this.#asking(member, () => member.cache.obtain(this.#call, this.#call.signal));
    if (secret === undefined || isKnown || ledger === undefined) return secret;
    await ledger.recall(member, secret, { context: this.#call.context, isSole: pool.isSole });
    return secret;
  }

  #isOut(member: Member): boolean {
    return this.#means.pool.isSole ? member.standing !== undefined : member.usableAt() !== undefined;
  }

  async #renew(member: Member, secret: Secret): Promise<Secret | undefined> {
    const failures = this.#failures.length;
    const fresh = await this.#asking(member, () => member.cache.renew(secret, this.#call, this.#call.signal));
    if (fresh === undefined && this.#failures.length === failures)
      this.#decide('give_up', `the source of ${member.id} has nothing better than what was rejected`);
    return fresh;
  }

  async #asking(member: Member, ask: () => Promise<Secret | undefined>): Promise<Secret | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      this.#failures.push(error);
      this.#decide('source_failed', error.message);
      return undefined;
    }
  }

  #giveUp(): Response {
    // Where a source failed, that is the news; otherwise upstream's own answer says most.
    if (this.#last !== undefined && this.#failures.length === 0) return this.#last;
    this.#letGo();
    const { message, retryAfterMs } = exhaustion(this.#means.pool, this.#failures, this.#call.clock);
    const wait = retryAfterMs !== undefined && { retryAfterMs };
    return refuse(this.#call, { layer: 'auth', code: 'credentials_exhausted', message, ...wait });
  }

  #letGo(): void {
    if (this.#last !== undefined) discard(this.#last);
    this.#last = undefined;
  }

  #decide(action: string, reason: string): void {
    this.#call.journey.decision('auth', action, reason);
  }
}
