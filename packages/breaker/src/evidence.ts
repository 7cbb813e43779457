import { sliceAt } from './rolling-counts.ts';

/** Bodies remembered, most recent failures last. */
const capacity = 512;

/** What is known of a body that failed. */
interface Suspect {
  readonly place: string;
  readonly sinceMs: number;
  slice: number;
  /** The place answered others when the body failed there. */
  wasWell: boolean;
  /** It failed at another place too, so it is the body and not the place. */
  isBlamed: boolean;
}

/** One failure: of which body, and where. */
export interface FailedBody {
  /** See `textPrint`. */
  readonly print: number;
  /** Circuit and credential. */
  readonly place: string;
  /** The place has answered another body within the window, and not this one last of all. */
  readonly isWell: boolean;
}

/**
 * Which failures count, where a body may be to blame.
 *
 * - The first failure of a body counts: somebody has to be the first to notice an outage.
 * - At a place that is well, one body counts once per slice of the window.
 * - At a second place it does not count if the first was well, or this one is. If the first was well the body is
 *   blamed: for a window from its first failure it counts nowhere any more.
 *
 * A place that is not well has nothing that speaks for it, and everything counts there.
 */
export class Evidence {
  readonly #windowMs: number;
  readonly #suspects = new Map<number, Suspect>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Takes a failure on record; whether it counts against its place. */
  counts({ print, place, isWell }: FailedBody, nowMs: number): boolean {
    const slice = sliceAt(nowMs, this.#windowMs);
    const known = this.#suspects.get(print);
    if (known === undefined || nowMs - known.sinceMs >= this.#windowMs) {
      this.#remember(print, { place, sinceMs: nowMs, slice, wasWell: isWell, isBlamed: false });
      return true;
    }
    if (known.place !== place) {
      known.isBlamed ||= known.wasWell;
      return !known.isBlamed && !isWell;
    }
    const isRepeated = isWell && known.slice === slice;
    known.slice = slice;
    known.wasWell ||= isWell;
    return !known.isBlamed && !isRepeated;
  }

  #remember(print: number, suspect: Suspect): void {
    this.#suspects.delete(print);
    if (this.#suspects.size >= capacity) this.#suspects.delete(this.#suspects.keys().next().value as number);
    this.#suspects.set(print, suspect);
  }
}
