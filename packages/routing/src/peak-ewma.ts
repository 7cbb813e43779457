/** A latency that is not known is taken for this when its endpoint fails, in milliseconds. */
const unknownMs = 1000;
/** Failures do not make an endpoint look slower than this, in milliseconds; ejection is for what comes after. */
const longestDistrustMs = 60_000;

/**
 * A moving average of latencies that is quick to believe bad news and slow to believe good ones: it jumps to every
 * peak at once, and comes down with time. What is not measured any more is forgotten by halves, so that an endpoint
 * that was slow once is asked again.
 *
 * @see https://linkerd.io/2016/03/16/beyond-round-robin-load-balancing-for-latency — the measure, and how it compares
 * @see https://github.com/twitter/finagle — `PeakEwma`, where it comes from
 */
export class PeakEwma {
  readonly #halfLifeMs: number;
  #costMs: number | undefined;
  #stampMs = 0;

  constructor(halfLifeMs: number) {
    this.#halfLifeMs = halfLifeMs;
  }

  /** Whether nothing was ever measured. */
  get isUnknown(): boolean {
    return this.#costMs === undefined;
  }

  /** A latency was measured. */
  observe(latencyMs: number, nowMs: number): void {
    const costMs = this.#costMs;
    if (costMs === undefined || latencyMs >= costMs) this.#costMs = latencyMs;
    else {
      const kept = this.#keptAfter(nowMs);
      this.#costMs = costMs * kept + latencyMs * (1 - kept);
    }
    this.#stampMs = nowMs;
  }

  /** It takes at least this long: somebody waited for so long in vain. */
  raise(latencyMs: number, nowMs: number): void {
    if (latencyMs > (this.valueMs(nowMs) ?? 0)) this.observe(Math.max(latencyMs, this.#costMs ?? 0), nowMs);
  }

  /** Its answers are failures, which come quickly and must not make it look fast: twice as long as it was. */
  distrust(nowMs: number): void {
    this.raise(Math.min(2 * (this.#costMs ?? unknownMs), longestDistrustMs), nowMs);
  }

  /** As of now, in milliseconds; `undefined` if nothing was ever measured. */
  valueMs(nowMs: number): number | undefined {
    return this.#costMs === undefined ? undefined : this.#costMs * this.#keptAfter(nowMs);
  }

  /** Which share of the past still counts. */
  #keptAfter(nowMs: number): number {
    const elapsedMs = nowMs - this.#stampMs;
    return elapsedMs <= 0 ? 1 : 2 ** (-elapsedMs / this.#halfLifeMs);
  }
}
