import { untilAborted, type Clock, type Secret } from '@holdfast/core';
import type { Asker } from './asker.ts';
import { HeldValue } from './held-value.ts';
import { Inquiry } from './inquiry.ts';
import { KeySource } from '../sources/key-source.ts';
import type { RefreshMeans } from '../options.ts';
import type { CredentialSource } from '../source.ts';

/** The value of one source as long as it holds, and a single question at a time when it does not. */
export class CachedCredential {
  /** Whether a rejected value can be replaced. */
  readonly renewable: boolean;
  readonly #value: HeldValue;
  readonly #inquiry: Inquiry;

  /** @param id - names it in events. */
  constructor(id: string, source: CredentialSource, means: RefreshMeans) {
    this.renewable = source.kind === 'token' || source.watch !== undefined;
    const value = new HeldValue(source instanceof KeySource ? source.secret : undefined);
    this.#value = value;
    this.#inquiry = new Inquiry(id, { source, means, value });
  }

  /** The value that was known last; it may have ended. */
  get secret(): Secret | undefined {
    return this.#value.secret;
  }

  /** When the value ends, in milliseconds since the Unix epoch; infinite if that is not known. */
  get expiresAtMs(): number {
    return this.#value.expiresAtMs;
  }

  /** Why there is no value, and for how long the source is left alone; `undefined` while one can be had. */
  outage(clock: Clock): { readonly reason: string; readonly leftMs: number } | undefined {
    const rest = this.#inquiry.rest(clock);
    return rest === undefined || this.#value.at(clock.now()) !== undefined ? undefined : rest;
  }

  /** The value, if it is at hand. One that is stale is replaced in the background. */
  ready(asker: Asker): Secret | undefined {
    if (this.#value.isTimeless) return this.#value.secret;
    const nowMs = asker.context.clock.now();
    if (this.#value.isStale(nowMs)) this.#inquiry.renewStale(asker);
    return this.#value.at(nowMs);
  }

  /**
   * The value, asked for if it is not at hand.
   *
   * @throws CredentialError when the source failed, or failed a moment ago; the reason of `signal` when that aborted.
   */
  async obtain(asker: Asker, signal?: AbortSignal): Promise<Secret> {
    const known = this.ready(asker);
    if (known !== undefined) return known;
    const isEnding = this.#value.secret !== undefined;
    const rejected = isEnding ? undefined : this.#value.lastRetired;
    const trigger = isEnding ? 'ending' : rejected === undefined ? 'first' : 'rejected';
    return untilAborted(this.#inquiry.demand({ trigger, asker, rejected }).answer, signal);
  }

  /**
   * What to use in place of `rejected`. All who were rejected with it wait for one answer, and who comes late gets
   * what has replaced it meanwhile. `undefined` when there is nothing better: the source gives that value and no
   * other, or what it gave last was rejected too, so that not its age can be the reason.
   *
   * @throws CredentialError when the source failed, or failed a moment ago; the reason of `signal` when that aborted.
   */
  async renew(rejected: Secret, asker: Asker, signal?: AbortSignal): Promise<Secret | undefined> {
    const { clock } = asker.context;
    for (;;) {
      if (this.#value.isOnTrial(rejected)) this.#inquiry.pause(clock);
      if (this.#value.isPaused(clock.monotonic())) return undefined;
      const successor = this.#value.successorOf(rejected);
      if (successor !== undefined && successor === this.ready(asker)) return successor;
      // A question that was asked for another reason may bring the rejected value once more.
      const isJoined = this.#inquiry.isAsking;
      // Nobody is sent out with the old value while a new one is on its way.
      this.retire(rejected);
      const flight = this.#inquiry.demand({ trigger: 'rejected', asker, rejected });
      const secret = await untilAborted(flight.answer, signal);
      if (!secret.equals(rejected)) return this.#value.isPaused(clock.monotonic()) ? undefined : secret;
      if (!isJoined) return undefined;
    }
  }

  /** Remembers that `rejected` is of no use, so that whoever comes next asks for another. */
  retire(rejected: Secret): void {
    this.#value.retire(rejected);
  }

  /** Upstream took `secret`. */
  accepted(secret: Secret): void {
    this.#value.accepted(secret);
  }

  /**
   * Asks the source now, whatever it said before; the old value is used until the new one is there.
   *
   * @throws CredentialError when the source failed.
   */
  async refresh(asker: Asker): Promise<void> {
    this.#inquiry.wake();
    await this.#inquiry.ask({ trigger: 'asked', asker })?.answer;
  }

  /** Ends the watch. Whoever has the value still may go on. */
  release(): void {
    this.#inquiry.release();
  }

  /** Ends the watch and whatever question is under way. */
  close(): void {
    this.#inquiry.close();
  }
}
