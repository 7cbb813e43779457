import type { ResolvedRoutingOptions } from './options.ts';
import { SuccessWindow } from './success-window.ts';

/** How the calls of one endpoint end, and whether it is ejected for it. Time passes when somebody looks. */
export class Health {
  readonly #options: ResolvedRoutingOptions;
  readonly window: SuccessWindow;
  /** Failures since the last success. */
  inARow = 0;
  /** Counts ejections: the end of a call that began before the last one says nothing any more. */
  epoch = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** Ejections that count for the length of the next one; healthy time takes them back. */
  #times = 0;

  constructor(options: ResolvedRoutingOptions) {
    this.#options = options;
    this.window = new SuccessWindow(options.windowMs);
  }

  /** When it returns, on the monotonic clock; in the past if it is not ejected. */
  get ejectedUntilMs(): number {
    return this.#untilMs;
  }

  isEjected(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }

  note(isFailure: boolean, nowMs: number): void {
    this.window.note(isFailure, nowMs);
    this.inARow = isFailure ? this.inARow + 1 : 0;
  }

  /** Ejects it, the longer the oftener, and returns for how long. */
  eject(nowMs: number): number {
    const { windowMs, ejectMs, maxEjectMs, ejectAfter } = this.#options;
    const healthyMs = nowMs - this.#untilMs;
    this.#times = Math.max(0, this.#times - Math.floor(healthyMs / Math.max(windowMs, 1))) + 1;
    const forMs = Math.min(ejectMs * 2 ** (this.#times - 1), maxEjectMs);
    this.#untilMs = nowMs + forMs;
    this.epoch++;
    this.window.clear();
    // On probation when it returns: one more failure, and it goes again.
    this.inARow = Math.max(0, ejectAfter - 1);
    return forMs;
  }
}
