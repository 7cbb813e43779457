import { residencyOf, type Call } from '@holdfast/core';
import { ownName } from './endpoint-options.ts';
import { Member } from './member.ts';
import type { ResolvedRoutingOptions } from './options.ts';

/** Origins of clients that are kept apart; a pipeline has one or two. */
const maxOwn = 64;
/** What was sent is halved when it adds up to this, so that an endpoint that returns does not catch up for long. */
const longestLedger = 128;

/** The endpoints that a call of one client may go to. */
export interface Group {
  /** Where the client points. */
  readonly own: Member;
  readonly candidates: readonly Member[];
  /** The region that the client is pinned to. */
  readonly pinned: string | undefined;
}

/** All endpoints: those that were named, and the own one of each client. */
export class Members {
  readonly named: readonly Member[];
  readonly #options: ResolvedRoutingOptions;
  readonly #groups = new Map<string, Group>();
  /** A named endpoint and its neighbours are the same for every client, so weights are compared with one mean. */
  readonly #meanWeight: number;
  #ledger = 0;

  constructor(options: ResolvedRoutingOptions) {
    this.#options = options;
    const { own, endpoints } = options;
    const weights = [...endpoints.map(({ weight }) => weight), ...(own === undefined ? [] : [own.weight])];
    this.#meanWeight = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    this.named = endpoints.map(
      ({ endpoint, weight, maxInFlight }) =>
        new Member(
          {
            name: endpoint.name,
            origin: endpoint.origin,
            region: endpoint.region,
            weight: weight / this.#meanWeight,
            maxInFlight,
          },
          options,
          endpoint,
        ),
    );
  }

  /** Where the client of `call` may go. */
  groupOf(call: Call): Group {
    const origin = call.root.binding.origins[0] ?? call.route.origin;
    return this.#groups.get(origin) ?? this.#addGroup(origin);
  }

  /** The own endpoints of all clients so far. */
  own(): Member[] {
    return [...this.#groups.values()].map(({ own }) => own);
  }

  /** Puts a call down to `member`. */
  give(member: Member): void {
    member.sent++;
    if (++this.#ledger < longestLedger) return;
    this.#ledger /= 2;
    for (const one of this.named) one.sent /= 2;
    for (const { own } of this.#groups.values()) own.sent /= 2;
  }

  /** Whether `member` may be ejected without too few being left, for any client. */
  canSpare(member: Member, nowMs: number): boolean {
    const isEjected = ({ health }: Member): boolean => health.isEjected(nowMs);
    const hasOwn = this.#options.own !== undefined;
    const total = this.named.length + (hasOwn ? 1 : 0);
    const ownAsWell = hasOwn && (member.isOwn || this.own().some(isEjected));
    const ejected = this.named.filter((one) => one !== member && isEjected(one)).length;
    const after = ejected + (member.isOwn ? 0 : 1) + (ownAsWell ? 1 : 0);
    // An own endpoint that is only asked where nobody else can be is none of those that it would be ejected from.
    return (hasOwn || !member.isOwn) && after <= Math.min(total * this.#options.maxEjectedRatio, total - 1);
  }

  /** How the calls of the others ended within the window. */
  successesBeside(member: Member, nowMs: number): { readonly successes: number; readonly calls: number } {
    let [successes, calls] = [0, 0];
    for (const other of [...this.named, ...this.own()]) {
      if (other === member) continue;
      const { window } = other.health;
      successes += window.successes(nowMs);
      calls += window.successes(nowMs) + window.failures(nowMs);
    }
    return { successes, calls };
  }

  #addGroup(origin: string): Group {
    const { own: ownOptions, regions } = this.#options;
    const pinned = residencyOf(origin);
    const { region = pinned, weight = this.#meanWeight, maxInFlight = Number.POSITIVE_INFINITY } = ownOptions ?? {};
    const traits = { name: ownName, origin, region, weight: weight / this.#meanWeight, maxInFlight };
    const own = new Member(traits, this.#options);
    const mayGo = (to: Member): boolean =>
      pinned === undefined || to.region === pinned || (to.region !== undefined && regions.includes(to.region));
    const candidates = [...(ownOptions === undefined ? [] : [own]), ...this.named.filter(mayGo)];
    const group = { own, candidates, pinned };
    if (this.#groups.size >= maxOwn) this.#groups.delete(this.#groups.keys().next().value as string);
    this.#groups.set(origin, group);
    return group;
  }
}
