import { announce, Outcome, type Call, type Clock, type Fault } from '@holdfast/core';
import { Accounts } from './accounts.ts';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import type { Allowance, Taken } from './allowance.ts';
import type { Concurrency } from './concurrency.ts';
import type { LimitDomain } from './domain.ts';
import { FixedConcurrency } from './fixed-concurrency.ts';
import { Freeze } from './freeze.ts';
import type { Ledger } from './ledger.ts';
import type { ResolvedRateLimitOptions } from './options.ts';
import { Pending, type Refused } from './pending.ts';
import { allowedMs, closed, gaveUp, queueFull, throttled, tooLong, turnedOut } from './reasons.ts';
import { Reservations } from './reservations.ts';
import { Throttle } from './throttle.ts';
import { Ticket, wasNeverSent } from './ticket.ts';
import { WaitingRoom } from './waiting-room.ts';

/**
 * The one place that all calls under the same limits go through: those to one family of models, at one endpoint, for
 * one account. Whoever finds room goes at once; the others wait in turn.
 */
export class Gate {
  readonly domain: LimitDomain;
  readonly clock: Clock;
  readonly concurrency: Concurrency | undefined;
  readonly #reservations: Reservations;
  readonly #room: WaitingRoom;
  readonly #options: ResolvedRateLimitOptions;
  readonly #throttle: Throttle | undefined;
  readonly #freeze = new Freeze();
  readonly #accounts = new Accounts();

  constructor(domain: LimitDomain, options: ResolvedRateLimitOptions, clock: Clock) {
    this.domain = domain;
    this.clock = clock;
    this.#options = options;
    this.#reservations = new Reservations(domain.family, options, clock);
    this.#throttle = options.throttle ? new Throttle() : undefined;
    this.concurrency = concurrencyOf(options, clock);
    this.#room = new WaitingRoom(clock, {
      readyInMs: (tokens, nowMs) => this.#readyInMs(tokens, nowMs),
      gaveUp: (pending) => gaveUp(this, pending),
      admit: (pending, nowMs) => {
        pending.call.journey.wait('rateLimit', nowMs - pending.sinceMs, `room for ${domain.name}`);
        pending.settle(this.#admit(pending.call, pending.tokens, nowMs));
      },
    });
    if (this.concurrency !== undefined) this.concurrency.onFree = () => this.#letGo();
  }

  get allowance(): Allowance {
    return this.#reservations.allowance;
  }

  get ledger(): Ledger {
    return this.#reservations.ledger;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#room.size;
  }

  /** How long nothing goes, in milliseconds, because the upstream said so. */
  get frozenMs(): number {
    return this.#freeze.leftMs(this.clock.monotonic());
  }

  /** Whether nobody would miss it. */
  get isIdle(): boolean {
    return this.#room.size === 0 && this.ledger.held === 0 && this.frozenMs === 0;
  }

  /** Lets a call go at once, or tells why it may not, or promises to do one of the two. */
  enter(call: Call): Ticket | Refused | Promise<Ticket | Refused> {
    const nowMs = this.clock.monotonic();
    const turnedAway = this.turnedAway(call, nowMs);
    if (turnedAway !== undefined) return turnedAway;
    const tokens = this.#reservations.tokensOf(call);
    if (this.#mayGo(tokens, nowMs)) return this.#admit(call, tokens, nowMs);
    return this.whyNot(call, tokens) ?? this.#wait(call, tokens, nowMs);
  }

  /** Lets a call go whatever the limits say, and counts it. */
  force(call: Call): Ticket {
    return this.#admit(call, this.#reservations.tokensOf(call), this.clock.monotonic());
  }

  /** Whether a call would have to wait now. */
  holds(call: Call): boolean {
    return !this.#mayGo(this.#reservations.tokensOf(call), this.clock.monotonic());
  }

  /** Why chance refuses a call, as the upstream is overloaded; `undefined` if it does not. */
  turnedAway({ context: { random } }: Call, nowMs: number = this.clock.monotonic()): Refused | undefined {
    if (this.#throttle?.turnsAway(nowMs, random) !== true) return undefined;
    return throttled(this, this.#throttle.chance(nowMs));
  }

  /** Why a call would be refused now; `undefined` if it may go or wait. */
  whyNot(call: Call, tokens: number = this.#reservations.tokensOf(call)): Refused | undefined {
    if (this.#mayGo(tokens, this.clock.monotonic())) return undefined;
    const expectedMs = this.expectedMs(call, tokens);
    const allowed = allowedMs(call, this.#options.maxWaitMs);
    if (expectedMs > allowed.ms || call.isHedge) return tooLong(this, { call, expectedMs, allowed });
    if (this.#room.size < this.#options.maxQueue) return undefined;
    return this.#leastFor(call) === undefined ? queueFull(this, expectedMs) : undefined;
  }

  /** About how long a call would wait for room now, in milliseconds. */
  expectedMs(call: Call, tokens: number = this.#reservations.tokensOf(call)): number {
    const nowMs = this.clock.monotonic();
    const ahead = this.#room.ahead(call.hints.priority ?? 'normal');
    return Math.max(this.#freeze.leftMs(nowMs), this.allowance.expectedMs(tokens, ahead, nowMs));
  }

  /** The headers came. */
  answered({ call, taken }: Ticket, { headers }: Response, reason: Fault | undefined): void {
    const nowMs = this.clock.monotonic();
    if (reason !== undefined || !this.allowance.isFresh(nowMs)) this.#follow(call, headers, { taken, reason, nowMs });
    if (reason === undefined || !wasNeverSent(reason)) this.#throttle?.note(reason?.kind !== 'overloaded', nowMs);
    this.#letGo();
  }

  #follow(
    call: Call,
    headers: Headers,
    { taken, reason, nowMs }: { readonly taken: Taken; readonly reason: Fault | undefined; readonly nowMs: number },
  ): void {
    if (this.#accounts.areSeveral(call, nowMs)) {
      this.#forget();
      return;
    }
    const changes = this.allowance.believe(headers, taken, nowMs);
    // Before anybody is told, as who is told may call.
    if (reason?.kind === 'rate_limited') this.#limited(call, reason, nowMs);
    for (const change of changes)
      announce(call.context, 'rateLimit.onLimit', this.#options.onLimit, { ...this.#event(call), ...change });
  }

  /** What one account told holds nobody else up. */
  #forget(): void {
    this.#freeze.end();
    this.#reservations.forget();
  }

  /** Whether the next answer is to tell what its call took. */
  wantsUsage(): boolean {
    return this.#reservations.wantsUsage();
  }

  /** The call took what was reserved, as far as anybody wants to know. */
  kept({ taken }: Ticket): void {
    this.#reservations.keep(taken);
  }

  /** The body ended. */
  ended({ call, taken, slot, learns }: Ticket, outcome: Outcome): void {
    const { fault } = outcome;
    if (fault !== undefined && wasNeverSent(fault)) this.#reservations.release(taken);
    else if (learns) this.#reservations.settle(call, taken, outcome);
    else this.#reservations.keep(taken);
    // Inside a stream, whose status said nothing of it.
    if (fault?.kind === 'rate_limited' && fault.status === undefined)
      this.#limited(call, fault, this.clock.monotonic());
    slot?.leave(outcome);
    this.#letGo();
  }

  /** There is no answer. */
  failed({ call, taken, slot }: Ticket, fault: Fault): void {
    if (wasNeverSent(fault)) {
      this.#reservations.release(taken);
      slot?.leave(undefined);
    } else {
      this.#reservations.keep(taken);
      slot?.leave(new Outcome({ ending: 'failed', fault, durationMs: call.journey.elapsedMs() }));
    }
    this.#letGo();
  }

  /** Refuses everybody who waits. */
  close(): void {
    this.#room.close(closed);
  }

  #letGo(): void {
    if (this.#room.size > 0) this.#room.letGo();
  }

  #mayGo(tokens: number, nowMs: number): boolean {
    return this.#room.size === 0 && this.#readyInMs(tokens, nowMs) <= 0;
  }

  #readyInMs(tokens: number, nowMs: number): number {
    if (this.concurrency?.hasRoom === false) return Number.POSITIVE_INFINITY;
    return Math.max(this.#freeze.leftMs(nowMs), this.allowance.readyInMs(tokens, nowMs));
  }

  #admit(call: Call, tokens: number, nowMs: number): Ticket {
    const taken = this.#reservations.reserve(tokens, nowMs, this.#room.size);
    return new Ticket(this, call, { taken, slot: this.concurrency?.enter() });
  }

  #wait(call: Call, tokens: number, nowMs: number): Promise<Ticket | Refused> {
    if (call.signal?.aborted === true) return Promise.reject(call.signal.reason as Error);
    const least = this.#room.size < this.#options.maxQueue ? undefined : this.#leastFor(call);
    if (least !== undefined) this.#room.refuse(least, turnedOut(this));
    const { ms } = allowedMs(call, this.#options.maxWaitMs);
    return new Promise((settle, fail) => {
      const options = { tokens, sinceMs: nowMs, giveUpMs: nowMs + ms, settle, fail };
      this.#room.join(new Pending(call, options, (pending) => this.#room.leave(pending)));
    });
  }

  #leastFor(call: Call): Pending | undefined {
    return this.#room.leastBelow(call.hints.priority ?? 'normal');
  }

  /** The upstream said 429: nothing goes for as long as it said. */
  #limited(call: Call, { retryAfterMs }: Fault, nowMs: number): void {
    // Some say 0 and know no better.
    const forMs = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : this.#options.freezeMs;
    if (forMs <= 0 || this.#accounts.areSeveral(call, nowMs)) return;
    const freeze = this.#freeze;
    const isNews = freeze.extend(forMs, nowMs);
    // Those who were stopped together do not start together.
    this.allowance.thaw(freeze.untilMs);
    this.#room.shed(freeze.untilMs);
    if (isNews) {
      const event = { ...this.#event(call), forMs: freeze.leftMs(nowMs) };
      announce(call.context, 'rateLimit.onFreeze', this.#options.onFreeze, event);
    }
  }

  #event({ service }: Call): { readonly service: string; readonly domain: string } {
    return { service, domain: this.domain.name };
  }
}

function concurrencyOf({ concurrency }: ResolvedRateLimitOptions, clock: Clock): Concurrency | undefined {
  if (concurrency === undefined) return undefined;
  return typeof concurrency === 'number'
    ? new FixedConcurrency(concurrency)
    : new AdaptiveConcurrency(concurrency, clock);
}
