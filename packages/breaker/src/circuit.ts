import type { CircuitState, Clock, Permit, Rejection, Verdict } from '@holdfast/core';
import type { DetailedPermit, DetailedRejection, DetailedReport, DetailedChange } from './details.ts';
import { durationText } from './duration-text.ts';
import type { Judge, JudgeFactory } from './judge.ts';
import type { Thresholds } from './options.ts';

/** What all circuits of one engine share. */
export interface CircuitSetting {
  readonly thresholds: Thresholds;
  readonly clock: Clock;
  readonly newJudge: JudgeFactory;
  readonly changed: (change: DetailedChange) => void;
}

/**
 * One circuit. The judge counts and rules; this sees to what libraries leave open: results from before
 * a change of state decide nothing, a half-open circuit hands out a fixed number of probes, each probe
 * is bounded, and time passes without a timer: whoever looks brings the circuit to the present.
 */
export class Circuit {
  readonly key: string;
  readonly #setting: CircuitSetting;
  readonly #probesOut = new Set<CircuitPermit>();
  #state: 'closed' | 'open' | 'half_open' = 'closed';
  #judge: Judge | undefined;
  /** Counts the stays. A permit belongs to the stay that gave it out. */
  #epoch = 0;
  #out = 0;
  #failuresInRow = 0;
  #probesPassed = 0;
  #probesFailed = 0;
  #openUntilMs = 0;
  /** What opened it in the first place. */
  #because = '';

  constructor(key: string, setting: CircuitSetting) {
    this.key = key;
    this.#setting = setting;
    this.#judge = setting.newJudge(key, 'closed', setting.clock.monotonic());
  }

  /** Closed, and no permit is out: nothing is lost by forgetting it but its count. */
  get idle(): boolean {
    return this.#state === 'closed' && this.#out === 0;
  }

  state(): CircuitState {
    if (this.#state !== 'closed') this.#catchUp(this.#setting.clock.monotonic());
    return this.#state;
  }

  acquire(): Permit | Rejection {
    if (this.#state === 'closed') return this.#permit(undefined);
    const nowMs = this.#setting.clock.monotonic();
    this.#catchUp(nowMs);
    // A listener may have gone on from there.
    if (this.state() === 'closed') return this.#permit(undefined);
    if (this.#state === 'open') return this.#rejection('open', this.#openUntilMs - nowMs);
    const { probes, probeTimeoutMs } = this.#setting.thresholds;
    const oldest = this.#oldestProbe();
    if (oldest !== undefined && this.#probesPassed + this.#probesOut.size >= probes)
      return this.#rejection('probing', (oldest.deadlineMs as number) - nowMs);
    const probe = this.#permit(nowMs + probeTimeoutMs);
    this.#probesOut.add(probe);
    return probe;
  }

  /** How the holder of `permit` fared. */
  end(permit: CircuitPermit, verdict: Verdict, report: DetailedReport | undefined): void {
    const nowMs = this.#setting.clock.monotonic();
    if (permit.deadlineMs !== undefined) this.#catchUp(nowMs);
    if (permit.epoch !== this.#epoch) return;
    this.#out--;
    this.#probesOut.delete(permit);
    if (verdict === 'ignored') return;
    if (this.#state === 'closed') this.#count(verdict, nowMs, report);
    else this.#probeEnded(verdict, nowMs, report);
  }

  /** Forgets everything. Permits that are out change nothing any more. */
  dispose(): void {
    this.#epoch++;
    this.#judge?.dispose();
    this.#judge = undefined;
  }

  #count(verdict: 'ok' | 'fail', nowMs: number, report: DetailedReport | undefined): void {
    const judge = this.#judge as Judge;
    this.#failuresInRow = verdict === 'ok' ? 0 : this.#failuresInRow + 1;
    const { consecutiveFailures } = this.#setting.thresholds;
    if (judge.count(verdict, nowMs) === 'open') {
      this.#open(nowMs, judge.because(), report);
    } else if (consecutiveFailures > 0 && this.#failuresInRow >= consecutiveFailures) {
      judge.open();
      this.#open(nowMs, inRow(this.#failuresInRow), report);
    }
  }

  #probeEnded(verdict: 'ok' | 'fail', nowMs: number, report: DetailedReport | undefined): void {
    if (verdict === 'ok') {
      // A judge closes at the first success it sees, so it sees the last one only.
      if (++this.#probesPassed < this.#setting.thresholds.probes) return;
      if (this.#judge?.count('ok', nowMs) === 'closed') this.#enter('closed', 'its probes succeeded', nowMs);
      return;
    }
    this.#judge?.count('fail', nowMs);
    this.#probesFailed++;
    this.#open(nowMs, 'its probe failed', report);
  }

  /** Does what timers would have done by now, each at its own time. */
  #catchUp(nowMs: number): void {
    for (;;) {
      const deadlineMs = this.#oldestProbe()?.deadlineMs;
      if (this.#state === 'open' && nowMs >= this.#openUntilMs) {
        this.#enter('half_open', 'its open time has passed', nowMs);
      } else if (deadlineMs !== undefined && nowMs >= deadlineMs) {
        const limit = durationText(this.#setting.thresholds.probeTimeoutMs);
        this.#judge?.count('fail', deadlineMs);
        this.#probesFailed++;
        this.#open(deadlineMs, `its probe did not end within ${limit}`, undefined);
      } else return;
    }
  }

  #open(atMs: number, because: string, report: DetailedReport | undefined): void {
    const { openMs, maxServerWaitMs } = this.#setting.thresholds;
    this.#openUntilMs = atMs + Math.max(openMs, Math.min(report?.retryAfterMs ?? 0, maxServerWaitMs));
    if (this.#state === 'closed') {
      this.#because = because;
      this.#probesFailed = 0;
    }
    this.#enter('open', because, atMs);
  }

  #enter(to: 'closed' | 'open' | 'half_open', because: string, atMs: number): void {
    const from = this.#state;
    this.#state = to;
    this.#epoch++;
    this.#out = 0;
    this.#probesOut.clear();
    this.#probesPassed = 0;
    this.#failuresInRow = 0;
    this.#judge?.dispose();
    this.#judge = to === 'open' ? undefined : this.#setting.newJudge(this.key, to, atMs);
    // Last of all, so that a listener that acquires or ends finds the circuit in order.
    this.#setting.changed({ key: this.key, from, to, because });
  }

  #permit(deadlineMs: number | undefined): CircuitPermit {
    this.#out++;
    return new CircuitPermit(this, this.#epoch, deadlineMs);
  }

  #rejection(reason: 'open' | 'probing', retryAfterMs: number): DetailedRejection {
    const failed = this.#probesFailed;
    const since = failed === 0 ? '' : `, and ${failed === 1 ? 'a probe' : `${failed} probes`} since`;
    return { granted: false, reason, retryAfterMs, because: this.#because + since };
  }

  #oldestProbe(): CircuitPermit | undefined {
    return this.#probesOut.size === 0 ? undefined : this.#probesOut.values().next().value;
  }
}

const inRow = (failures: number): string => (failures === 1 ? 'a call failed' : `${failures} calls in a row failed`);

/** Leave for one attempt, given out during one stay of one circuit in one state. */
class CircuitPermit implements DetailedPermit {
  readonly granted = true;
  readonly epoch: number;
  /** When a probe counts as failed, on the monotonic clock. */
  readonly deadlineMs: number | undefined;
  #circuit: Circuit | undefined;

  constructor(circuit: Circuit, epoch: number, deadlineMs: number | undefined) {
    this.#circuit = circuit;
    this.epoch = epoch;
    this.deadlineMs = deadlineMs;
  }

  get probe(): boolean {
    return this.deadlineMs !== undefined;
  }

  end(verdict: Verdict, report?: DetailedReport): void {
    const circuit = this.#circuit;
    this.#circuit = undefined;
    circuit?.end(this, verdict, report);
  }
}
