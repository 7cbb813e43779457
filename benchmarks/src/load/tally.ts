import { performance } from 'node:perf_hooks';
import { quantile } from '../paired.ts';

/** What one contestant showed in one window. */
export interface Figures {
  readonly calls: number;
  readonly failed: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly cpuUsPerCall: number;
  /** CPU of the process by the clock; 1 is one core. */
  readonly busy: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Not a number where there were fewer than a thousand calls: then it would be the slowest one. */
  readonly p999Ms: number;
  readonly firstP50Ms: number;
  readonly firstP99Ms: number;
  readonly mostInFlight: number;
  readonly rssMb: number;
}

/** Calls that ended in a window of time, and what the process spent in it. */
export class Tally {
  readonly #latencies: number[] = [];
  readonly #firsts: number[] = [];
  readonly #cpu = process.cpuUsage();
  readonly #startedAt = performance.now();
  #failed = 0;
  #inFlight = 0;
  #rss = 0;

  get calls(): number {
    return this.#latencies.length + this.#failed;
  }

  ended(latencyMs: number, firstMs: number): void {
    this.#latencies.push(latencyMs);
    this.#firsts.push(firstMs);
  }

  failed(): void {
    this.#failed++;
  }

  /** Looks at what is under way, now and then. */
  look(inFlight: number): void {
    this.#inFlight = Math.max(this.#inFlight, inFlight);
    this.#rss = Math.max(this.#rss, process.memoryUsage.rss());
  }

  figures(): Figures {
    const elapsedUs = (performance.now() - this.#startedAt) * 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    const calls = this.#latencies.length;
    const share = (values: readonly number[], at: number, least = 1): number =>
      values.length >= least ? quantile(values, at) : Number.NaN;
    return {
      calls,
      failed: this.#failed,
      seconds: elapsedUs / 1e6,
      perSecond: calls / (elapsedUs / 1e6),
      cpuUsPerCall: (user + system) / calls,
      busy: (user + system) / elapsedUs,
      p50Ms: share(this.#latencies, 0.5),
      p99Ms: share(this.#latencies, 0.99, 100),
      p999Ms: share(this.#latencies, 0.999, 1000),
      firstP50Ms: share(this.#firsts, 0.5),
      firstP99Ms: share(this.#firsts, 0.99, 100),
      mostInFlight: this.#inFlight,
      rssMb: this.#rss / 2 ** 20,
    };
  }
}
