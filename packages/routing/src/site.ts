import type { Outcome } from '@holdfast/core';
import type { Candidate, ResolvedRoutingOptions } from './options.ts';
import { PeakEwma } from './peak-ewma.ts';

/** What is known of a candidate, as `stats()` shows it. */
export interface SiteStats {
  readonly inFlight: number;
  /** Latency to the first event, with the peaks of late; `undefined` before the first answer. */
  readonly latencyMs: number | undefined;
  /** Share of its limits that is left, as it said last; 1 where it says nothing. */
  readonly headroom: number;
  /** How long it is still left out, in milliseconds; 0 if it is not. */
  readonly ejectedMs: number;
}

/** One candidate, and how it has fared. */
export class Site {
  readonly candidate: Candidate;
  readonly #options: ResolvedRoutingOptions;
  readonly #latency: PeakEwma;
  inFlight = 0;
  #headroom = 1;
  #failuresInRow = 0;
  #ejections = 0;
  #ejectedUntilMs = 0;

  constructor(candidate: Candidate, options: ResolvedRoutingOptions) {
    this.candidate = candidate;
    this.#options = options;
    this.#latency = new PeakEwma(options.halfLifeMs);
  }

  isEjected(nowMs: number): boolean {
    return nowMs < this.#ejectedUntilMs;
  }

  get isFull(): boolean {
    return this.inFlight >= this.candidate.maxInFlight;
  }

  /**
   * What one more call costs here: what it would wait, for itself and those before it. A site that nobody knows is
   * asked first, until its first answer comes.
   */
  cost(): number {
    const latencyMs = this.#latency.valueMs;
    if (latencyMs === undefined) return this.inFlight / this.candidate.weight;
    return (Math.max(1, latencyMs) * (this.inFlight + 1)) / (this.candidate.weight * Math.max(0.01, this.#headroom));
  }

  /** Limits as the last answer told them. */
  learn(headers: Pick<Headers, 'get'>): void {
    this.#headroom = Math.min(shareLeft(headers, 'requests'), shareLeft(headers, 'tokens'));
  }

  /** How a call ended. Returns how many failures in a row make it an outlier now, or 0. */
  ended(outcome: Outcome, nowMs: number): number {
    const { fault } = outcome;
    if (fault?.trips === true) return ++this.#failuresInRow >= this.#options.ejectAfter ? this.#failuresInRow : 0;
    if (!outcome.ok) return 0;
    this.#failuresInRow = 0;
    this.#ejections = 0;
    this.#latency.observe(outcome.firstEventMs ?? outcome.durationMs, nowMs);
    return 0;
  }

  /** Leaves it out, longer each time. Returns for how long. */
  eject(nowMs: number): number {
    const { ejectMs, maxEjectMs } = this.#options;
    const forMs = Math.min(maxEjectMs, ejectMs * 2 ** this.#ejections++);
    this.#ejectedUntilMs = nowMs + forMs;
    this.#failuresInRow = 0;
    return forMs;
  }

  stats(nowMs: number): SiteStats {
    return {
      inFlight: this.inFlight,
      latencyMs: this.#latency.valueMs,
      headroom: this.#headroom,
      ejectedMs: Math.max(0, this.#ejectedUntilMs - nowMs),
    };
  }
}

/** Azure has sent -1 for what it does not know. */
function shareLeft(headers: Pick<Headers, 'get'>, of: 'requests' | 'tokens'): number {
  const [remaining, limit] = ['remaining', 'limit'].map((what) =>
    Number(headers.get(`x-ratelimit-${what}-${of}`) ?? -1),
  );
  const isKnown = remaining !== undefined && limit !== undefined && remaining >= 0 && limit > 0;
  return isKnown ? Math.min(1, remaining / limit) : 1;
}
