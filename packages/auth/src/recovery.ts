import { discard, faultOf, notify, refuse, type Call, type Fault, type Next, type Secret } from '@holdfast/core';
import type { CachedCredential, Renewal } from './cached-credential.ts';
import { CredentialError } from './credential-error.ts';
import { exhaustedMessage } from './exhausted-message.ts';
import type { QuarantineEvent, RefreshEvent } from './options.ts';
import type { Pool } from './pool.ts';

/** What a recovery needs beside the call. */
export interface Means {
  readonly pool: Pool;
  readonly origins: readonly string[];
  readonly onQuarantine?: ((event: QuarantineEvent) => void) | undefined;
  readonly onRefresh?: ((event: RefreshEvent) => void) | undefined;
}

/** A request that upstream answered with 401, and the value that it carried. */
export interface Rejected {
  readonly member: CachedCredential;
  readonly secret: Secret;
  readonly response: Response;
}

/** Whether upstream rejected the credential itself, and not where or what for it was used. */
export const isRejected = (response: Response): boolean => faultOf(response)?.kind === 'invalid_credential';

/**
 * The way of one call to a credential that works, once the first is not at hand or was rejected: each
 * credential of the pool at most once, and a token once more after its refresh.
 */
export class Recovery {
  readonly #call: Call;
  readonly #next: Next;
  readonly #means: Means;
  readonly #tried = new Set<CachedCredential>();
  readonly #failures: string[] = [];
  /** Upstream's own 401, to be handed back if nothing better comes. */
  #last: Response | undefined;

  constructor(call: Call, next: Next, means: Means) {
    this.#call = call;
    this.#next = next;
    this.#means = means;
  }

  /** @param rejected - what has been tried already. */
  async run(rejected?: Rejected): Promise<Response> {
    let answer: Response | undefined;
    try {
      if (rejected !== undefined) {
        this.#tried.add(rejected.member);
        answer = await this.#afterRejection(rejected, false);
      }
      while (answer === undefined) {
        const member = this.#means.pool.pick(this.#tried);
        if (member === undefined) break;
        this.#tried.add(member);
        answer = await this.#attempt(member);
      }
    } catch (error) {
      this.#letGo();
      throw error;
    }
    return answer ?? this.#giveUp();
  }

  async #attempt(member: CachedCredential): Promise<Response | undefined> {
    const secret = await this.#obtain(member);
    return secret && this.#send(member, secret, false);
  }

  async #send(member: CachedCredential, secret: Secret, isRenewed: boolean): Promise<Response | undefined> {
    this.#letGo();
    const response = await this.#next(this.#call.with({ credential: member.bind(secret, this.#means.origins) }));
    return isRejected(response) ? this.#afterRejection({ member, secret, response }, isRenewed) : response;
  }

  /** What to do about a 401: an answer to hand back, or `undefined` to go on to the next credential. */
  async #afterRejection({ member, secret, response }: Rejected, isRenewed: boolean): Promise<Response | undefined> {
    this.#last = response;
    if (!member.renewable) this.#quarantine(member, faultOf(response) as Fault);
    if (!this.#call.body.replayable) {
      this.#decide('give_up', `${member.id} was rejected, and a streamed body cannot be sent twice`);
      if (member.renewable) member.retire(secret);
      return response;
    }
    // A fresh token that is rejected too is not stale: asking for another would go on for ever.
    if (!member.renewable || isRenewed) return undefined;
    const fresh = await this.#obtain(member, secret);
    if (fresh === undefined) return undefined;
    if (fresh.equals(secret)) {
      this.#decide('give_up', `${member.id} gave the rejected token again`);
      return undefined;
    }
    this.#decide('refresh', `the token of ${member.id} was rejected; the call goes on with its new one`);
    return this.#send(member, fresh, true);
  }

  /** The value of `member`, or `undefined` when its source failed. */
  async #obtain(member: CachedCredential, rejected?: Secret): Promise<Secret | undefined> {
    const { clock, signal } = this.#call;
    const renewed = (renewal: Renewal): void => this.#announce(member, renewal);
    try {
      return await member.obtain({ clock, signal, renewed, ...(rejected && { rejected }) });
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      this.#failures.push(error.message);
      this.#decide('source_failed', error.message);
      return undefined;
    }
  }

  #quarantine(member: CachedCredential, fault: Fault): void {
    const { pool, onQuarantine } = this.#means;
    const isFirst = pool.quarantine(member);
    const { usable } = pool;
    if (pool.isQuarantined(member))
      this.#decide('quarantine', `${member.id} was rejected; ${usable} of ${pool.members.length} credentials left`);
    if (!isFirst) return;
    const { context, id: callId, service } = this.#call;
    const { id: credential, kind } = member;
    notify(context, 'auth.onQuarantine', onQuarantine, { callId, service, credential, kind, fault, usable });
  }

  #announce(member: CachedCredential, renewal: Renewal): void {
    const { context, id: callId, service } = this.#call;
    notify(context, 'auth.onRefresh', this.#means.onRefresh, { callId, service, credential: member.id, ...renewal });
  }

  #giveUp(): Response {
    // Where a source failed, that is the news; otherwise upstream's own answer says most.
    if (this.#last !== undefined && this.#failures.length === 0) return this.#last;
    this.#letGo();
    const message = exhaustedMessage(this.#means.pool, this.#failures);
    return refuse(this.#call, { layer: 'auth', code: 'credentials_exhausted', message });
  }

  #letGo(): void {
    if (this.#last !== undefined) discard(this.#last);
    this.#last = undefined;
  }

  #decide(action: string, reason: string): void {
    this.#call.journey.decision('auth', action, reason);
  }
}
