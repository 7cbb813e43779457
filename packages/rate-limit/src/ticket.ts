import { faultOf, onSettled, type Call, type Fault, type Outcome } from '@holdfast/core';
import type { Taken } from './allowance.ts';
import type { Slot } from './concurrency.ts';
import type { Gate } from './gate.ts';

/** Leave to make one call, and what was reserved for it. Ended exactly once. */
export class Ticket {
  readonly call: Call;
  readonly taken: Taken;
  readonly slot: Slot | undefined;
  readonly #gate: Gate;
  #isOver = false;

  /** Whether its answer is to tell what it took. */
  learns = false;

  constructor(gate: Gate, call: Call, { taken, slot }: { readonly taken: Taken; readonly slot: Slot | undefined }) {
    this.#gate = gate;
    this.call = call;
    this.taken = taken;
    this.slot = slot;
  }

  /** The headers came. Where nothing is to be learned from the body, that is the end. */
  answered(response: Response): void {
    const fault = faultOf(response);
    this.learns = fault === undefined && this.#gate.wantsUsage();
    this.#gate.answered(this, response, fault);
    const isWatched = this.learns || fault !== undefined || this.slot !== undefined || this.call.body.stream;
    if (isWatched) onSettled(response, (outcome) => this.#ended(outcome));
    else if (!this.#isOver) {
      this.#isOver = true;
      this.#gate.kept(this);
    }
  }

  #ended(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#gate.ended(this, outcome);
  }

  /** It was thrown out before there was an answer. */
  failed(fault: Fault): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#gate.failed(this, fault);
  }
}

/** Whether a call that ended with `fault` never reached the upstream, so that it took nothing there. */
export const wasNeverSent = ({ kind, neverSent, status }: Fault): boolean =>
  neverSent === true || (status === undefined && refusedHere.has(kind));

const refusedHere: ReadonlySet<string> = new Set([
  'circuit_open',
  'budget_exceeded',
  'credentials_exhausted',
  'origin_not_bound',
]);
