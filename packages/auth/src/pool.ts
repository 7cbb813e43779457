import type { CachedCredential } from './cached-credential.ts';

/** Credentials that stand in for each other, used in turn. */
export class Pool {
  readonly members: readonly CachedCredential[];
  #usable: readonly CachedCredential[];
  #turn = 0;

  constructor(members: readonly CachedCredential[]) {
    this.members = members;
    this.#usable = members;
  }

  /** How many are not quarantined. */
  get usable(): number {
    return this.#usable.length;
  }

  /** The next in turn that is usable and was not `tried`; `undefined` if there is none. */
  pick(tried?: ReadonlySet<CachedCredential>): CachedCredential | undefined {
    const usable = this.#usable;
    for (let step = 0; step < usable.length; step++) {
      const index = (this.#turn + step) % usable.length;
      const member = usable[index];
      if (member === undefined || tried?.has(member) === true) continue;
      this.#turn = index + 1;
      return member;
    }
    return undefined;
  }

  isQuarantined(member: CachedCredential): boolean {
    return !this.#usable.includes(member);
  }

  /**
   * Takes a dead key out of the turn. Whether it was in it: the first 401 of many says so, the
   * others change nothing. One that stands alone stays, as upstream's own answer says more than a
   * refusal of ours.
   */
  quarantine(member: CachedCredential): boolean {
    if (this.members.length === 1 || this.isQuarantined(member)) return false;
    this.#usable = this.#usable.filter((other) => other !== member);
    return true;
  }
}
