import type { CircuitState, Verdict } from '@holdfast/core';
import type { Thresholds } from '../../src/options.ts';

/** The options that the model knows. */
export type ReferenceThresholds = Omit<Thresholds, 'maxServerWaitMs' | 'maxCircuits'>;

interface Ticket {
  readonly stay: number;
  readonly startedMs: number;
}

/** One circuit as the words of the options describe it, with no regard to speed: every outcome is kept. */
export class ReferenceCircuit {
  readonly #limits: ReferenceThresholds;
  #state: CircuitState = 'closed';
  #stay = 0;
  #outcomes: { slice: number; failed: boolean }[] = [];
  #openUntilMs = 0;
  #passed = 0;
  #probes: Ticket[] = [];

  constructor(limits: ReferenceThresholds) {
    this.#limits = limits;
  }

  stateAt(nowMs: number): CircuitState {
    const overdueMs = (this.#probes[0]?.startedMs ?? Infinity) + this.#limits.probeTimeoutMs;
    if (nowMs >= overdueMs) this.#open(overdueMs);
    if (this.#state === 'open' && nowMs >= this.#openUntilMs) this.#enter('half_open');
    return this.#state;
  }

  acquire(nowMs: number): Ticket | { reason: string; retryAfterMs: number } {
    const state = this.stateAt(nowMs);
    if (state === 'open') return { reason: 'open', retryAfterMs: this.#openUntilMs - nowMs };
    const ticket = { stay: this.#stay, startedMs: nowMs };
    if (state === 'closed') return ticket;
    const oldest = this.#probes[0];
    if (oldest !== undefined && this.#probes.length + this.#passed >= this.#limits.probes)
      return { reason: 'probing', retryAfterMs: oldest.startedMs + this.#limits.probeTimeoutMs - nowMs };
    this.#probes.push(ticket);
    return ticket;
  }

  end(ticket: Ticket, verdict: Verdict, nowMs: number): void {
    const state = this.stateAt(nowMs);
    if (ticket.stay !== this.#stay) return;
    this.#probes = this.#probes.filter((probe) => probe !== ticket);
    if (verdict === 'ignored') return;
    if (state === 'half_open') {
      if (verdict === 'fail') this.#open(nowMs);
      else if (++this.#passed === this.#limits.probes) this.#enter('closed');
      return;
    }
    const slice = Math.floor((nowMs / this.#limits.windowMs) * 10);
    this.#outcomes.push({ slice, failed: verdict === 'fail' });
    if (verdict === 'fail' && this.#isTooMuch(slice)) this.#open(nowMs);
  }

  #isTooMuch(slice: number): boolean {
    const { minimumCalls, failureThreshold, consecutiveFailures } = this.#limits;
    const recent = this.#outcomes.filter((outcome) => outcome.slice > slice - 10);
    const failures = recent.filter(({ failed }) => failed).length;
    if (recent.length >= minimumCalls && failures / recent.length >= failureThreshold) return true;
    const inRow = this.#outcomes.slice(-consecutiveFailures);
    return consecutiveFailures > 0 && inRow.length === consecutiveFailures && inRow.every(({ failed }) => failed);
  }

  #open(atMs: number): void {
    this.#openUntilMs = atMs + this.#limits.openMs;
    this.#enter('open');
  }

  #enter(state: CircuitState): void {
    this.#state = state;
    this.#stay++;
    this.#outcomes = [];
    this.#probes = [];
    this.#passed = 0;
  }
}
