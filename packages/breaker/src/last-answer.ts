import type { DetailedReport } from './details.ts';

/** The last whole answer that came through a circuit: what speaks for the upstream when a body fails. */
export class LastAnswer {
  #atMs = Number.NEGATIVE_INFINITY;
  #print: number | undefined;

  came(nowMs: number, report: DetailedReport | undefined): void {
    this.#atMs = nowMs;
    this.#print = report?.print;
  }

  forget(): void {
    this.#atMs = Number.NEGATIVE_INFINITY;
  }

  /** Whether a body other than that of `print` was answered less than `windowMs` ago. */
  speaksAgainst(print: number, nowMs: number, windowMs: number): boolean {
    return print !== this.#print && nowMs - this.#atMs < windowMs;
  }
}
