import type { CircuitKind, CircuitState, Permit, Rejection, Verdict } from '@holdfast/core';
import { CircuitPermit, WatchedPermit, type PermitGiver } from './circuit-permit.ts';
import { countsSlowCalls, type CircuitSetting } from './circuit-setting.ts';
import { ClosedStay } from './closed-stay.ts';
import type { DetailedRejection, DetailedReport } from './details.ts';
import { LastAnswer } from './last-answer.ts';
import { openTimeMs } from './open-time.ts';
import { Probes } from './probes.ts';
import { Ramp } from './ramp.ts';
import type { CircuitSnapshot } from './snapshot.ts';
import { uncounted } from './uncounted.ts';

/** Why a circuit closed that was reset. */
const byHand = 'it was closed by hand';

/**
 * One circuit. The judge counts and rules; this sees to what libraries leave open: results from before a change of state
 * decide nothing, a half-open circuit hands out a fixed number of probes, each probe is bounded, slow calls count,
 * traffic comes back gradually, and time passes without a timer: whoever looks brings the circuit to the present.
 */
export class Circuit implements PermitGiver {
  readonly key: string;
  readonly kind: CircuitKind;
  readonly #setting: CircuitSetting;
  readonly #lastAnswer = new LastAnswer();
  #state: CircuitState = 'closed';
  /** While closed. */
  #stay: ClosedStay | undefined;
  #ramp: Ramp | undefined;
  /** While half open. */
  #probes: Probes | undefined;
  /** Counts the stays. A permit belongs to the stay that gave it out. */
  #epoch = 0;
  #out = 0;
  #openUntilMs = 0;
  /** Until when a server asked to be left alone, by any failure of this stay. */
  #hintUntilMs = 0;
  /** How often it has opened since it was last well. */
  #openings = 0;
  #probesFailed = 0;
  /** What opened it in the first place. */
  #because = '';

  constructor(key: string, kind: CircuitKind, setting: CircuitSetting) {
    this.key = key;
    this.kind = kind;
    this.#setting = setting;
    this.#begin('closed', this.#now());
  }

  /** Closed, and no permit is out: nothing is lost by forgetting it but its count. */
  get idle(): boolean {
    return this.#state === 'closed' && this.#ramp === undefined && this.#out === 0;
  }

  state(): CircuitState {
    if (this.#isEventful) this.#catchUp(this.#now());
    return this.#state;
  }

  /** How long it would refuse a call now. */
  waitMs(): number {
    const state = this.state();
    if (state === 'open') return this.#openUntilMs - this.#now();
    if (state === 'half_open') return this.#probes?.isFull === true ? this.#probes.undecidedMs(this.#now()) : 0;
    return state === 'isolated' ? Number.POSITIVE_INFINITY : 0;
  }

  failureRatio(): number | undefined {
    return this.state() === 'closed' ? this.#stay?.failureRatio(this.#now()) : undefined;
  }

  acquire(isForced: boolean): Permit | Rejection {
    if (!this.#isEventful) return this.#permit(0, false);
    const nowMs = this.#now();
    this.#catchUp(nowMs);
    // A listener may have gone on from there.
    const state = this.state();
    if (state === 'closed') {
      const mayGo = isForced || this.#ramp === undefined || this.#ramp.admits(nowMs);
      return mayGo ? this.#permit(nowMs, false) : this.#rejection('ramping', (this.#ramp as Ramp).waitMs(nowMs));
    }
    if (state === 'isolated') return this.#rejection('isolated', Number.POSITIVE_INFINITY);
    const probes = this.#probes;
    if (probes?.isFull === false) {
      const probe = this.#permit(nowMs, true);
      probes.send(probe);
      return probe;
    }
    if (isForced) return uncounted;
    return probes === undefined
      ? this.#rejection('open', this.#openUntilMs - nowMs)
      : this.#rejection('probing', probes.undecidedMs(nowMs));
  }

  /** How the holder of `permit` fared. */
  end(permit: CircuitPermit, verdict: Verdict, report: DetailedReport | undefined): void {
    const nowMs = this.#now();
    if (this.#isEventful) this.#catchUp(nowMs);
    if (permit.epoch !== this.#epoch) return;
    this.#out--;
    this.#probes?.returned(permit);
    if (verdict === 'ok') this.#answered(permit, report?.firstEventMs, nowMs);
    else this.#stay?.ended(permit);
    if (permit.epoch !== this.#epoch) return;
    if (verdict === 'fail') this.#failed(nowMs, report);
    else if (verdict === 'ok') this.#succeeded(nowMs, report);
  }

  /** The first content of the holder's answer came. */
  content(permit: CircuitPermit, elapsedMs: number): void {
    const nowMs = this.#now();
    this.#catchUp(nowMs);
    if (permit.epoch !== this.#epoch) return;
    if (!permit.probe) this.#answered(permit, elapsedMs, nowMs);
    else if (elapsedMs > this.#setting.thresholds.slowCallMs) this.#openAgain(nowMs, 'its probe was slow');
  }

  isolate(): void {
    if (this.state() !== 'isolated') this.#enter('isolated', 'it was opened by hand', this.#now());
  }

  /** As if it had never been used. */
  reset(): void {
    this.#openings = 0;
    this.#lastAnswer.forget();
    if (this.#state === 'closed') this.#begin('closed', this.#now());
    else this.#enter('closed', byHand, this.#now());
  }

  /** `undefined` where there is nothing to tell. */
  snapshot(): CircuitSnapshot | undefined {
    const state = this.state();
    const nowMs = this.#now();
    const failuresInRow = this.#stay?.failuresInRow ?? 0;
    if (state === 'closed' && this.#ramp === undefined && failuresInRow === 0) return undefined;
    return {
      key: this.key,
      kind: this.kind,
      state: state === 'half_open' ? 'open' : state,
      openForMs: state === 'open' ? this.#openUntilMs - nowMs : 0,
      ...(this.#ramp !== undefined && { rampedForMs: this.#ramp.runMs(nowMs) }),
      openings: this.#openings,
      failuresInRow,
      because: this.#because,
    };
  }

  /** Goes on where a snapshot ended, `ageMs` later. Tells nobody. */
  restore(snapshot: CircuitSnapshot, ageMs: number): void {
    const nowMs = this.#now();
    this.#begin(snapshot.state, nowMs);
    this.#openings = snapshot.openings;
    this.#because = snapshot.because;
    this.#probesFailed = 0;
    this.#openUntilMs = nowMs + Math.max(0, snapshot.openForMs - ageMs);
    if (this.#stay !== undefined) this.#stay.failuresInRow = snapshot.failuresInRow;
    if (snapshot.rampedForMs !== undefined) this.#startRamp(nowMs - snapshot.rampedForMs - ageMs);
  }

  /** Forgets everything. Permits that are out change nothing any more. */
  dispose(): void {
    this.#epoch++;
    this.#stay?.dispose();
    this.#probes?.dispose();
  }

  /** Time alone may change it, so whoever looks has to look at the clock first. */
  get #isEventful(): boolean {
    return this.#state !== 'closed' || this.#ramp !== undefined || this.#stay?.slow !== undefined;
  }

  #now(): number {
    return this.#setting.clock.monotonic();
  }

  #succeeded(nowMs: number, report: DetailedReport | undefined): void {
    if (this.#stay !== undefined) return this.#stay.succeeded(nowMs, report);
    this.#lastAnswer.came(nowMs, report);
    if (this.#probes?.passed(nowMs) === true) this.#enter('closed', 'its probes succeeded', nowMs);
  }

  #failed(nowMs: number, report: DetailedReport | undefined): void {
    if (report?.retryAfterMs !== undefined) {
      const waitMs = Math.min(report.retryAfterMs, this.#setting.thresholds.maxServerWaitMs);
      this.#hintUntilMs = Math.max(this.#hintUntilMs, nowMs + waitMs);
    }
    if (this.#stay === undefined) return this.#openAgain(nowMs, 'its probe failed');
    const because = this.#stay.failed(nowMs, report);
    if (because !== undefined) this.#open(nowMs, because);
  }

  #answered(permit: CircuitPermit, elapsedMs: number | undefined, nowMs: number): void {
    const waitedMs = elapsedMs ?? nowMs - permit.startedMs;
    if (this.#stay?.slow?.answered(permit, waitedMs, nowMs) === true) this.#openIfSlow(nowMs);
  }

  #openIfSlow(atMs: number): void {
    const because = this.#stay?.tooSlow();
    if (because !== undefined) this.#open(atMs, because);
  }

  #openAgain(atMs: number, because: string): void {
    this.#probes?.failed(atMs);
    this.#probesFailed++;
    this.#open(atMs, because);
  }

  /** Does what timers would have done by now, each at its own time. */
  #catchUp(nowMs: number): void {
    while (this.#isDue(nowMs));
    if (this.#ramp?.isOver(nowMs) === true) this.#ramp = undefined;
  }

  /** Does the next thing that was due by `nowMs`; whether there was one. */
  #isDue(nowMs: number): boolean {
    if (this.#state === 'open' && nowMs >= this.#openUntilMs) {
      this.#enter('half_open', 'its open time has passed', nowMs);
      return true;
    }
    const overdue = this.#probes?.overdue(nowMs);
    if (overdue !== undefined) this.#openAgain(overdue.atMs, overdue.because);
    const slowSinceMs = this.#stay?.slow?.countOverdue(nowMs);
    if (slowSinceMs !== undefined) this.#openIfSlow(slowSinceMs);
    return overdue !== undefined || slowSinceMs !== undefined;
  }

  #open(atMs: number, because: string): void {
    const { thresholds, random } = this.#setting;
    if (this.#state === 'closed') {
      this.#because = because;
      this.#probesFailed = 0;
      if (this.#ramp === undefined || this.#ramp.isOver(atMs)) this.#openings = 0;
    }
    this.#openUntilMs = Math.max(atMs + openTimeMs(thresholds, this.#openings, random), this.#hintUntilMs);
    this.#openings++;
    this.#enter('open', because, atMs);
  }

  #enter(to: CircuitState, because: string, atMs: number): void {
    const from = this.#state;
    this.#begin(to, atMs);
    if (from === 'half_open' && to === 'closed' && because !== byHand) this.#startRamp(atMs);
    // Last of all, so that a listener that acquires or ends finds the circuit in order.
    this.#setting.changed({ key: this.key, from, to, because });
  }

  /** Starts a stay. */
  #begin(state: CircuitState, atMs: number): void {
    this.#state = state;
    this.#epoch++;
    this.#out = 0;
    this.#hintUntilMs = 0;
    this.#ramp = undefined;
    this.#stay?.dispose();
    this.#probes?.dispose();
    this.#stay = state === 'closed' ? new ClosedStay(this, this.#setting, this.#lastAnswer, atMs) : undefined;
    this.#probes = state === 'half_open' ? new Probes(this.key, this.#setting, atMs) : undefined;
  }

  /** What a model gets is what comes back by and by; an endpoint that can be reached can be reached. */
  #startRamp(startMs: number): void {
    const { rampMs } = this.#setting.thresholds;
    if (this.kind === 'target' && rampMs > 0) this.#ramp = new Ramp(startMs, rampMs);
  }

  #permit(nowMs: number, isProbe: boolean): CircuitPermit {
    this.#out++;
    if (!countsSlowCalls(this, this.#setting)) return new CircuitPermit(this, this.#epoch, nowMs, isProbe);
    const permit = new WatchedPermit(this, this.#epoch, nowMs, isProbe);
    this.#stay?.slow?.started(permit);
    return permit;
  }

  #rejection(reason: Rejection['reason'], retryAfterMs: number): DetailedRejection {
    const failed = this.#probesFailed;
    const since = failed === 0 ? '' : `, and ${failed === 1 ? 'a probe' : `${failed} probes`} since`;
    return { granted: false, reason, retryAfterMs, because: this.#because + since };
  }
}
