import type { Call, Fault, Outcome } from '@holdfast/core';
import { faultOf } from '@holdfast/core';
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

  constructor(gate: Gate, call: Call, { taken, slot }: { readonly taken: Taken; readonly slot: Slot | undefined }) {
    this.#gate = gate;
    this.call = call;
    this.taken = taken;
    this.slot = slot;
  }

  /** The headers came. */
  answered(response: Response): void {
    this.#gate.answered(this, response, faultOf(response));
  }

  /** The body ended. */
  readonly ended = (outcome: Outcome): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#gate.ended(this, outcome);
  };

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
