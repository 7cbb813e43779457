import type { AttemptEntry, Fault, Outcome } from '@holdfast/core';
import type { Disposition } from './labels.ts';
import { deliveredOf, recordAttemptTokens, type SettledAttempt, type TokenReport } from './tokens.ts';

/** What the requests of one call took. Which of them the caller got is known at its end. */
export class TokenTally {
  readonly #report: TokenReport;
  #settled: SettledAttempt[] | undefined;
  #isOver = false;

  constructor(report: TokenReport) {
    this.#report = report;
  }

  /** The body of a request ended. After the end of the call nobody gets it any more. */
  settled(attempt: SettledAttempt): void {
    if (this.#isOver) this.#record(attempt, 'discarded');
    else (this.#settled ??= []).push(attempt);
  }

  /** The call ended. */
  end(outcome: Outcome): void {
    this.#isOver = true;
    const settled = this.#settled;
    if (settled === undefined) return;
    const delivered = deliveredOf(settled, outcome);
    for (const attempt of settled) this.#record(attempt, attempt === delivered ? 'delivered' : 'discarded');
  }

  /** What went wrong with a request, if it has ended: its answer, or the body of that. */
  faultOf(entry: AttemptEntry): Fault | undefined {
    return entry.fault ?? this.#settled?.find((attempt) => attempt.entry === entry)?.outcome.fault;
  }

  #record(attempt: SettledAttempt, disposition: Disposition): void {
    // What failed by its status has none.
    if ((attempt.outcome.status ?? 0) < 400) recordAttemptTokens(this.#report, attempt, disposition);
  }
}
