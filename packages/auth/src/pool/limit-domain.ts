/** Models whose cooling is remembered in one domain; more than that start over. */
const maxModels = 64;
/** How long the headroom that an answer told counts, in milliseconds: limits refill within a minute. */
const headroomMs = 10_000;
/** How often headers are looked at, in milliseconds. */
const glanceMs = 250;
/** Least headroom that is counted with, so that a used-up domain is asked now and then. */
const leastHeadroom = 0.05;

/** A spent quota, and when it is looked at again. */
export interface SpentQuota {
  /** On the monotonic clock. */
  readonly probeAtMs: number;
  readonly why: string;
}

/** What credentials share that are in one project or account: rate limits, quota, and the share of calls. */
export class LimitDomain {
  readonly name: string;
  readonly weight: number;
  /** Calls so far, each by what it took of the weight and headroom; the one with the least is next. */
  served = 0;
  /** Credentials that share it. */
  size = 0;
  /** A call is finding out whether the quota is there again; no other does until then. */
  probingUntilMs = 0;
  /** By model, on the monotonic clock. */
  #coolUntilMs: Map<string, number> | undefined;
  #quota: SpentQuota | undefined;
  #headroom = 1;
  #headroomAtMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, weight: number) {
    this.name = name;
    this.weight = weight;
  }

  /** Whether nothing has to be looked up. */
  get isSpotless(): boolean {
    return this.#coolUntilMs === undefined && this.#quota === undefined;
  }

  get quota(): SpentQuota | undefined {
    return this.#quota;
  }

  /** A rate limit was met: for `model` there is nothing to be had until then. */
  cool(model: string, untilMs: number): void {
    const cooling = (this.#coolUntilMs ??= new Map());
    if (cooling.size >= maxModels) cooling.clear();
    cooling.set(model, Math.max(untilMs, cooling.get(model) ?? 0));
  }

  /** Until when `model`, or the model that cools longest, is to be spared; 0 if it is not. */
  coolingUntil(nowMs: number, model?: string): number {
    const cooling = this.#coolUntilMs;
    if (cooling === undefined) return 0;
    let longest = 0;
    for (const [name, untilMs] of cooling) {
      if (untilMs <= nowMs) cooling.delete(name);
      else if (model === undefined || name === model) longest = Math.max(longest, untilMs);
    }
    if (cooling.size === 0) this.#coolUntilMs = undefined;
    return longest;
  }

  spend(quota: SpentQuota): void {
    this.#quota = quota;
    this.probingUntilMs = 0;
  }

  refill(): void {
    this.#quota = undefined;
    this.probingUntilMs = 0;
  }

  /** Learns from the headers of an answer, now and then, how much is left. Whether it is worth choosing by. */
  glance(headers: Headers, nowMs: number): boolean {
    if (nowMs - this.#headroomAtMs < glanceMs) return false;
    const left = Math.min(
      shareOf(headers, 'x-ratelimit-remaining-requests', 'x-ratelimit-limit-requests'),
      shareOf(headers, 'x-ratelimit-remaining-tokens', 'x-ratelimit-limit-tokens'),
    );
    this.#headroomAtMs = nowMs;
    this.#headroom = left;
    return left < 1;
  }

  /** Takes a call. Who was out for a while does not get all that it missed. */
  serve(nowMs: number, floor: number): void {
    const headroom = nowMs - this.#headroomAtMs < headroomMs ? Math.max(leastHeadroom, this.#headroom) : 1;
    this.served = Math.max(this.served, floor) + 1 / (this.weight * headroom);
  }
}

function shareOf(headers: Headers, remaining: string, limit: string): number {
  const left = headers.get(remaining);
  if (left === null) return 1;
  const share = Number(left) / Number(headers.get(limit) ?? Number.NaN);
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 1;
}
