import type { Verdict } from '@holdfast/core';
import type { DetailedPermit, DetailedReport } from './details.ts';

/** Who gave a permit out and hears how it fared. */
export interface PermitGiver {
  end(permit: CircuitPermit, verdict: Verdict, report: DetailedReport | undefined): void;
  content(permit: CircuitPermit, elapsedMs: number): void;
}

/** Leave for one attempt, given out during one stay of one circuit in one state. */
export class CircuitPermit implements DetailedPermit {
  readonly granted = true;
  readonly epoch: number;
  /** On the monotonic clock; 0 where nobody looks at it. */
  readonly startedMs: number;
  readonly probe: boolean;
  protected giver: PermitGiver | undefined;

  constructor(giver: PermitGiver, epoch: number, startedMs: number, probe: boolean) {
    this.giver = giver;
    this.epoch = epoch;
    this.startedMs = startedMs;
    this.probe = probe;
  }

  end(verdict: Verdict, report?: DetailedReport): void {
    const { giver } = this;
    this.giver = undefined;
    giver?.end(this, verdict, report);
  }
}

/** A permit of a circuit that counts slow calls, and so wants to know of the first content. */
export class WatchedPermit extends CircuitPermit {
  /** Its first content has come. */
  isAnswered = false;

  firstContent(elapsedMs: number): void {
    if (this.isAnswered) return;
    this.giver?.content(this, elapsedMs);
    this.isAnswered = true;
  }
}
