import type { Call, Operation } from '@holdfast/core';
import { LatencyHistogram } from './latency-histogram.ts';
import type { ResolvedHedgeOptions } from './options.ts';
import { Surge } from './surge.ts';

/** Kinds of calls that are kept apart at most; what callers ask for must not fill the memory. */
const maxPaces = 200;
/** Longer names are cut, for the same reason. */
const maxNameLength = 128;

/** How fast one kind of call is: one model, streamed or not, one operation, one place. */
export class Pace {
  readonly model: string | undefined;
  readonly streamed: boolean;
  readonly operation: Operation;
  readonly origin: string;
  readonly surge: Surge;
  #usual: LatencyHistogram;
  /** What was learned while everything was slow, and since when it is. */
  #slow: { readonly latencies: LatencyHistogram; readonly sinceMs: number } | undefined;
  readonly #options: ResolvedHedgeOptions;

  constructor({ body, route }: Call, options: ResolvedHedgeOptions) {
    this.model = body.model?.slice(0, maxNameLength);
    this.streamed = body.stream;
    this.operation = route.operation;
    this.origin = route.origin;
    this.surge = new Surge(options.percentile, options.calmMs);
    this.#usual = new LatencyHistogram(options.percentile);
    this.#options = options;
  }

  /**
   * A call took so long until it had an answer, or at least so long. While everything is slow that is learned apart:
   * once it is over, what was usual before holds again at once; if it lasts, it is what is usual.
   */
  observe(latencyMs: number, nowMs: number): void {
    if (this.surge.isOn(nowMs)) return this.#observeSlow(latencyMs, nowMs);
    this.#slow = undefined;
    this.#usual.observe(latencyMs);
  }

  /** What the percentile is, in milliseconds; `undefined` before enough calls were timed. */
  percentileMs(): number | undefined {
    return this.#usual.count < this.#options.minimumCalls ? undefined : this.#usual.percentileMs();
  }

  /** How long a call waits for its answer before a second request is sent. */
  delayMs(): number | undefined {
    const learnedMs = this.percentileMs();
    const { minDelayMs, maxDelayMs } = this.#options;
    return learnedMs === undefined ? undefined : Math.min(Math.max(learnedMs, minDelayMs), maxDelayMs);
  }

  #observeSlow(latencyMs: number, nowMs: number): void {
    const { percentile, adaptMs, minimumCalls } = this.#options;
    this.#slow ??= { latencies: new LatencyHistogram(percentile), sinceMs: nowMs };
    const { latencies, sinceMs } = this.#slow;
    latencies.observe(latencyMs);
    if (nowMs - sinceMs < adaptMs || latencies.count < minimumCalls) return;
    this.#usual = latencies;
    this.#slow = undefined;
    this.surge.reset();
  }
}

/** All kinds of calls; the oldest goes first. */
export class Paces {
  readonly #options: ResolvedHedgeOptions;
  readonly #paces = new Map<string, Pace>();

  constructor(options: ResolvedHedgeOptions) {
    this.#options = options;
  }

  of(call: Call): Pace {
    const { body, route } = call;
    const model = body.model ?? '';
    const name = model.length > maxNameLength ? model.slice(0, maxNameLength) : model;
    const key = `${body.stream ? 'stream' : ''} ${route.operation} ${route.origin} ${name}`;
    return this.#paces.get(key) ?? this.#add(key, call);
  }

  all(): readonly Pace[] {
    return [...this.#paces.values()];
  }

  #add(key: string, call: Call): Pace {
    const pace = new Pace(call, this.#options);
    if (this.#paces.size >= maxPaces) this.#paces.delete(this.#paces.keys().next().value as string);
    this.#paces.set(key, pace);
    return pace;
  }
}
