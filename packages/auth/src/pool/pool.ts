import type { Call, Context } from '@holdfast/core';
import type { Member } from './member.ts';
import { projectTie } from './project-tie.ts';

/** How far the share of a domain that was out may lag behind when it comes back, in calls. */
const slack = 2;

/** How a pool chooses. */
export interface PoolRules {
  /** How long a probe may take before another call may make one, in milliseconds. */
  readonly probeTimeoutMs: number;
}

/** Credentials that stand in for each other. */
export class Pool {
  readonly members: readonly Member[];
  readonly #rules: PoolRules;
  /** The project where things are kept; `undefined` if there is only one, or none is known. */
  readonly #home: string | undefined;
  #turn = 0;
  /** Whether all domains get the same share, so that it is enough to take turns. */
  #isEven: boolean;
  readonly #isOneDomain: boolean;
  #floor = 0;
  /** Whether what a store held against its keys is known, where there is a store. */
  #isOpen = false;

  /** @param home - the project where things are kept; by default that of the first member. */
  constructor(members: readonly Member[], rules: PoolRules, home?: string) {
    const projects = new Set(members.map(({ identity }) => identity.project));
    const domains = new Set(members.map(({ domain }) => domain));
    this.members = members;
    this.#rules = rules;
    this.#home =
      projects.size > 1 ? (home ?? members.find(({ identity }) => identity.project)?.identity.project) : undefined;
    this.#isOneDomain = domains.size === 1;
    const isAlike = members.every(({ domain }) => domain.weight === members[0]?.domain.weight);
    this.#isEven = this.#isOneDomain || (isAlike && domains.size === members.length);
  }

  /** It stands alone: nothing is held against it, as upstream's own answer says more than a refusal of ours. */
  get isSole(): boolean {
    return this.members.length === 1;
  }

  /** How many can be used now or after a wait that only costs time. */
  get usable(): number {
    return this.members.filter((member) => member.usableAt() === undefined).length;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  member(id: string): Member | undefined {
    return this.members.find((member) => member.id === id);
  }

  /**
   * The one to send `call` with, none that was `tried`; `undefined` if there is none. If it is on probation, the call
   * is its probe, and whoever takes it ends that. Without a call nobody would learn of the answer, so there is no probe.
   */
  choose(context: Context, call?: Call, tried?: ReadonlySet<Member>): Member | undefined {
    const [only] = this.members;
    if (this.isSole && only !== undefined)
      return tried?.has(only) === true || only.isDraining || only.standing !== undefined ? undefined : only;
    const tie = this.#home === undefined || call === undefined ? undefined : projectTie(call);
    const isHome = ({ identity }: Member): boolean => identity.project === this.#home;
    const atHome = tie && this.#among((member) => isHome(member) && tried?.has(member) !== true, context, call);
    // What is kept elsewhere is not found there; what is to be kept is better kept there than not at all.
    if (atHome !== undefined || tie === 'bound') return atHome;
    return this.#among((member) => tried?.has(member) !== true, context, call);
  }

  #among(isWanted: (member: Member) => boolean, context: Context, call: Call | undefined): Member | undefined {
    const { members } = this;
    const turn = this.#turn;
    let reluctant: Member | undefined;
    let probe: Member | undefined;
    const mayProbe = call !== undefined && !call.isHedge;
    const isCarefree = mayProbe && call.body.replayable;
    for (let step = 0; step < members.length; step++) {
      const index = (turn + step) % members.length;
      const member = members[index] as Member;
      if (!isWanted(member)) continue;
      const fitness = member.fitness(context, call);
      if (fitness === 'probe' && isCarefree) return this.#probed(member, index, context);
      if (fitness === 'ready') {
        this.#turn = index + 1;
        return this.#isEven ? member : this.#better(member, isWanted, { context, call });
      }
      if (fitness === 'probe') probe ??= member;
      if (fitness === 'reluctant') reluctant = sooner(reluctant, member, { context, call });
    }
    if (reluctant !== undefined) return reluctant;
    return probe && mayProbe ? this.#probed(probe, turn, context) : undefined;
  }

  /** One call at a time finds out whether it is well again. */
  #probed(member: Member, index: number, { clock }: Context): Member {
    this.#turn = index + 1;
    member.beginProbe(clock.monotonic() + this.#rules.probeTimeoutMs);
    return member;
  }

  /**
   * Of the one whose turn it is and one that chance draws by weight, that whose domain has had less of its share.
   *
   * @see https://www.eecs.harvard.edu/~michaelm/postscripts/handbook2001.pdf on the power of two choices
   */
  #better(
    first: Member,
    isWanted: (member: Member) => boolean,
    { context, call }: { readonly context: Context; readonly call: Call | undefined },
  ): Member {
    const drawn = this.#drawn(context.random());
    const isRival = drawn.domain !== first.domain && isWanted(drawn) && drawn.fitness(context, call) === 'ready';
    const chosen = isRival && drawn.domain.served < first.domain.served ? drawn : first;
    this.#floor = Math.max(this.#floor, chosen.domain.served);
    chosen.domain.serve(context.clock.monotonic(), this.#floor - slack);
    return chosen;
  }

  /** @param chance - from 0 to 1. */
  #drawn(chance: number): Member {
    const { members } = this;
    const shareOf = ({ domain: { weight, size } }: Member): number => weight / size;
    let rest = chance * members.reduce((sum, member) => sum + shareOf(member), 0);
    return members.find((member) => (rest -= shareOf(member)) < 0) ?? (members[0] as Member);
  }

  /** What an answer tells about the limits of its domain, where there is another one to choose. */
  glance({ domain }: Member, response: Response, { clock }: Context): void {
    if (this.#isOneDomain) return;
    if (domain.glance(response.headers, clock.monotonic())) this.#isEven = false;
  }

  /** Ends its watches. Calls that have one of its credentials go on. */
  release(): void {
    for (const { cache } of this.members) cache.release();
  }

  close(): void {
    for (const { cache } of this.members) cache.close();
  }
}

/** Who is to be spared for the shorter time. */
function sooner(
  one: Member | undefined,
  other: Member,
  { context, call }: { readonly context: Context; readonly call: Call | undefined },
): Member {
  const nowMs = context.clock.monotonic();
  return one !== undefined && one.sparedUntil(nowMs, call) <= other.sparedUntil(nowMs, call) ? one : other;
}
