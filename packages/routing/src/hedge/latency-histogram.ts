/** Each bucket is this much wider than the one before, so that a percentile is at most so much too late. */
const growth = 1.05;
const inverseLog = 1 / Math.log(growth);
/** From 1 ms to about ten minutes; what takes longer is in the last. */
const bucketCount = 275;
/** After so many more calls an observation counts half. */
const halfLifeCalls = 1000;
/** What an observation counts more than the one before it. */
const step = 2 ** (1 / halfLifeCalls);
/** Standard errors by which more calls may be above a percentile before it is taken to be higher. */
const doubt = 1.5;
/** A weight that is scaled down again long before it loses precision. */
const heaviest = 2 ** 40;

/**
 * A percentile of the latest thousands of latencies, with a fixed memory and no allocation: buckets that grow by 5 %,
 * in which an observation counts the less the more came after it.
 *
 * The law: of the latest observations no more than `1 − percentile`, and one and a half standard errors of that, took
 * longer than the value. Where a share of calls is slow that is just about `1 − percentile`, the value so is that of
 * the fast ones, and does not jump with every slow call. What errs early costs a request, and those are limited.
 */
export class LatencyHistogram {
  readonly #late: number;
  readonly #buckets = new Float64Array(bucketCount);
  #top = 0;
  #total = 0;
  /** What an observation counts now; it grows, so that those before it count less. */
  #weight = 1;
  /** Observations ever. */
  count = 0;

  constructor(percentile: number) {
    this.#late = 1 - percentile;
  }

  /** A call took so long, or at least so long. */
  observe(latencyMs: number): void {
    this.count++;
    this.#weight *= step;
    const index = indexOf(latencyMs);
    this.#buckets[index] = (this.#buckets[index] as number) + this.#weight;
    this.#total += this.#weight;
    if (index > this.#top) this.#top = index;
    if (this.#weight > heaviest) this.#scaleDown();
  }

  /** The percentile, in milliseconds; at most 5 % above it. */
  percentileMs(): number {
    const late = this.#late;
    const calls = this.#total / this.#weight;
    const allowed = this.#total * (late + doubt * Math.sqrt((late * (1 - late)) / calls));
    let above = 0;
    let index = this.#top;
    for (; index > 0; index--) {
      above += this.#buckets[index] as number;
      if (above > allowed) break;
    }
    return growth ** index;
  }

  #scaleDown(): void {
    for (let index = 0; index <= this.#top; index++)
      this.#buckets[index] = (this.#buckets[index] as number) / this.#weight;
    this.#total /= this.#weight;
    this.#weight = 1;
  }
}

/** The bucket whose upper end is the first that is not below a latency. */
const indexOf = (latencyMs: number): number =>
  latencyMs <= 1 ? 0 : Math.min(bucketCount - 1, Math.ceil(Math.log(latencyMs) * inverseLog));
