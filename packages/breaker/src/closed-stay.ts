import type { CircuitPermit } from './circuit-permit.ts';
import { countsSlowCalls, type CircuitName, type CircuitSetting } from './circuit-setting.ts';
import type { DetailedReport } from './details.ts';
import type { Judge } from './judge.ts';
import type { LastAnswer } from './last-answer.ts';
import { SlowCalls } from './slow-calls.ts';

/** What is counted while a circuit is closed, and when it has been too much. */
export class ClosedStay {
  /** Failures since the last success. */
  failuresInRow = 0;
  readonly slow: SlowCalls | undefined;
  readonly #setting: CircuitSetting;
  readonly #judge: Judge;
  readonly #key: string;
  readonly #lastAnswer: LastAnswer;

  constructor(name: CircuitName, setting: CircuitSetting, lastAnswer: LastAnswer, nowMs: number) {
    this.#key = name.key;
    this.#setting = setting;
    this.#lastAnswer = lastAnswer;
    this.#judge = setting.newJudge(name.key, 'closed', nowMs);
    this.slow = countsSlowCalls(name, setting) ? new SlowCalls(setting.thresholds) : undefined;
  }

  succeeded(nowMs: number, report: DetailedReport | undefined): void {
    this.failuresInRow = 0;
    this.#lastAnswer.came(nowMs, report);
    this.#judge.count('ok', nowMs);
  }

  /** Counts a failure. Why the circuit has to open, if it has. */
  failed(nowMs: number, report: DetailedReport | undefined): string | undefined {
    if (report?.print !== undefined && this.#isBodysFault(report.print, report.place, nowMs)) return undefined;
    this.failuresInRow++;
    if (this.#judge.count('fail', nowMs) === 'open') return this.#judge.because();
    const { consecutiveFailures } = this.#setting.thresholds;
    if (consecutiveFailures === 0 || this.failuresInRow < consecutiveFailures) return undefined;
    this.#judge.open();
    return inRow(this.failuresInRow);
  }

  /** Why the circuit has to open because of slow calls, if it has. */
  tooSlow(): string | undefined {
    if (this.slow?.isTooMuch() !== true) return undefined;
    this.#judge.open();
    return this.slow.because();
  }

  /** A call ended that said nothing about its speed. */
  ended(permit: CircuitPermit): void {
    this.slow?.ended(permit);
  }

  failureRatio(nowMs: number): number | undefined {
    return this.#judge.failureRatio(nowMs);
  }

  dispose(): void {
    this.#judge.dispose();
  }

  /** A failure that says more about its body than about the upstream. */
  #isBodysFault(print: number, place: string | undefined, nowMs: number): boolean {
    const { evidence, thresholds } = this.#setting;
    const isWell = this.#lastAnswer.speaksAgainst(print, nowMs, thresholds.windowMs);
    return !evidence.counts({ print, place: place ?? this.#key, isWell }, nowMs);
  }
}

const inRow = (failures: number): string => (failures === 1 ? 'a call failed' : `${failures} calls in a row failed`);
