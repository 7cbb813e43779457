import { onSettled, type Attempt, type Call, type Timer } from '@holdfast/core';
import { Branch } from './branch.ts';
import { Reins } from './reins.ts';
import type { Start } from './start.ts';
import { tellDecided, tellHeld, tellSent } from './story.ts';
import { whyNot } from './why-not.ts';

/** Sends a call, and once more when it is overdue; the first good answer of the two is the caller's. */
export const race = (start: Start): Promise<Response> =>
  new Promise((resolve, reject) => void new Race(start, { resolve, reject }));

interface Settle {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
}

class Race {
  readonly #start: Start;
  readonly #settle: Settle;
  readonly #reins: Reins;
  readonly #timer: Timer;
  readonly #first: Branch;
  #second: Branch | undefined;
  #isOverdue = false;
  #isOver = false;

  constructor(start: Start, settle: Settle) {
    const { call, delayMs } = start;
    this.#start = start;
    this.#settle = settle;
    this.#reins = new Reins(call.signal);
    this.#timer = call.clock.setTimer(() => this.#overdue(), delayMs);
    this.#first = this.#send(call);
  }

  #send(call: Call): Branch {
    const branch = new Branch(call, this.#reins.add());
    branch.send(this.#start.next, this.#came);
    return branch;
  }

  #overdue(): void {
    const { call, pace, tally } = this.#start;
    if (this.#reins.isPulled) return;
    this.#isOverdue = true;
    pace.surge.overdue(call.clock.monotonic());
    const reason = whyNot(this.#start);
    if (reason !== undefined) {
      tally[reason]++;
      tellHeld(this.#start, reason);
      return;
    }
    tally.hedges++;
    tellSent(this.#start);
    this.#second = this.#send(call.with({ isHedge: true }));
  }

  readonly #came = (branch: Branch): void => {
    const isSecond = branch !== this.#first;
    if (isSecond && branch.isRefused) this.#refused();
    if (this.#isOver) branch.giveUp();
    else if (branch.isGood) this.#finish(branch);
    else if (this.#isHopeless()) this.#finish(this.#first);
  };

  /** Nothing was sent, so nothing is spent and there is nothing to tell. */
  #refused(): void {
    const { share, tally } = this.#start;
    tally.hedges--;
    tally.refused++;
    share.giveBack();
    this.#second?.giveUp();
    this.#second = undefined;
  }

  /** The first has failed, and no other is on its way; who has given up waits for neither. */
  #isHopeless(): boolean {
    const isAlone = this.#second === undefined || this.#second.result !== undefined || this.#reins.isPulled;
    return this.#first.result !== undefined && isAlone;
  }

  #finish(winner: Branch): void {
    this.#isOver = true;
    this.#timer.cancel();
    const loser = winner === this.#first ? this.#second : this.#first;
    loser?.giveUp();
    this.#learn();
    if (this.#second !== undefined && loser !== undefined)
      tellDecided(this.#start, { first: this.#first, second: this.#second, winner, loser });
    const { response, error } = winner.result as Attempt;
    // Whoever reads an answer may still give up.
    if (response !== undefined && winner.isGood) onSettled(response, this.#reins.release);
    else this.#reins.release();
    if (response === undefined) this.#settle.reject(error);
    else this.#settle.resolve(response);
  }

  /** What the first took counts, or what it took at least: without those that were given up, none would seem slow. */
  #learn(): void {
    const { call, pace, delayMs } = this.#start;
    const { isGood, ranMs } = this.#first;
    if (isGood && !this.#isOverdue) pace.surge.inTime();
    if (isGood || ranMs > delayMs) pace.observe(ranMs, call.clock.monotonic());
  }
}
