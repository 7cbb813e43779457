import type { CircuitState, Verdict } from '@holdfast/core';
import type { Thresholds } from '../../src/options.ts';

/** The options that the model knows; slow calls have one of their own. */
export type ReferenceThresholds = Omit<
  Thresholds,
  'slowCallMs' | 'slowCallThreshold' | 'maxServerWaitMs' | 'maxCircuits' | 'openJitterRatio'
>;
type Ticket = { readonly stay: number; readonly startedMs: number };

/** One circuit as the words of the options describe it, with no regard to speed: every outcome is kept. */
export class ReferenceCircuit {
  #state: CircuitState = 'closed';
  #stay = 0;
  #outcomes: { slice: number; failed: boolean }[] = [];
  #openUntilMs = 0;
  #openings = 0;
  #passed = 0;
  #probes: Ticket[] = [];
  #ramp = { startMs: -Infinity, credit: 1 };
  readonly #limits: ReferenceThresholds;
  constructor(limits: ReferenceThresholds) {
    this.#limits = limits;
  }
  stateAt(nowMs: number): CircuitState {
    const overdueMs = (this.#probes[0]?.startedMs ?? Infinity) + this.#limits.probeTimeoutMs;
    if (nowMs >= overdueMs) this.#open(overdueMs);
    if (this.#state === 'open' && nowMs >= this.#openUntilMs) this.#enter('half_open');
    return this.#state;
  }
  acquire(nowMs: number, isForced: boolean): Ticket | 'uncounted' | { reason: string; retryAfterMs?: number } {
    const state = this.stateAt(nowMs);
    const [ticket, oldest] = [{ stay: this.#stay, startedMs: nowMs }, this.#probes[0]];
    if (state === 'closed') return isForced || this.#rampAdmits(nowMs) ? ticket : { reason: 'ramping' };
    const isFull = oldest !== undefined && this.#probes.length + this.#passed >= this.#limits.probes;
    if (isForced && (state === 'open' || isFull)) return 'uncounted';
    if (state === 'open') return { reason: 'open', retryAfterMs: this.#openUntilMs - nowMs };
    if (isFull) return { reason: 'probing', retryAfterMs: oldest.startedMs + this.#limits.probeTimeoutMs - nowMs };
    this.#probes.push(ticket);
    return ticket;
  }
  end(ticket: Ticket, verdict: Verdict, nowMs: number): void {
    const state = this.stateAt(nowMs);
    if (ticket.stay !== this.#stay) return;
    this.#probes = this.#probes.filter((probe) => probe !== ticket);
    if (verdict === 'ignored') return;
    if (state === 'half_open' && verdict === 'fail') return this.#open(nowMs);
    if (state === 'half_open') return ++this.#passed === this.#limits.probes ? this.#enter('closed', nowMs) : undefined;
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
  #rampAdmits(nowMs: number): boolean {
    const share = (nowMs - this.#ramp.startMs) / this.#limits.rampMs;
    if (!(share < 1)) return true;
    this.#ramp.credit += 0.1 + 0.9 * share;
    return this.#ramp.credit >= 1 && this.#ramp.credit-- >= 1;
  }
  #open(atMs: number): void {
    const { openMs, openGrowth, maxOpenMs, rampMs } = this.#limits;
    if (this.#state === 'closed' && !(atMs - this.#ramp.startMs < rampMs)) this.#openings = 0;
    this.#openUntilMs = atMs + Math.min(openMs * openGrowth ** this.#openings++, Math.max(openMs, maxOpenMs));
    this.#enter('open');
  }
  #enter(state: CircuitState, rampStartMs = -Infinity): void {
    this.#state = state;
    this.#stay++;
    [this.#outcomes, this.#probes, this.#passed] = [[], [], 0];
    this.#ramp = { startMs: rampStartMs, credit: 1 };
  }
}
