import { WatchedPermit, type CircuitPermit } from './circuit-permit.ts';
import type { CircuitSetting } from './circuit-setting.ts';
import { durationText } from './duration-text.ts';
import type { Judge } from './judge.ts';
import type { Thresholds } from './options.ts';

/** A probe whose time is up: since when, and in words. */
export interface OverdueProbe {
  readonly atMs: number;
  readonly because: string;
}

/** What happens while a circuit is half open: a fixed number of probes, each bounded in time. */
export class Probes {
  readonly #thresholds: Thresholds;
  readonly #judge: Judge;
  /** Oldest first. */
  readonly #out = new Set<CircuitPermit>();
  #passed = 0;

  constructor(key: string, { thresholds, newJudge }: CircuitSetting, nowMs: number) {
    this.#thresholds = thresholds;
    this.#judge = newJudge(key, 'half_open', nowMs);
  }

  get isFull(): boolean {
    return this.#out.size > 0 && this.#out.size + this.#passed >= this.#thresholds.probes;
  }

  send(probe: CircuitPermit): void {
    this.#out.add(probe);
  }

  /** The place of `probe` is free again. */
  returned(probe: CircuitPermit): void {
    this.#out.delete(probe);
  }

  /** One more succeeded. Whether the circuit closes: a judge closes at the first, so it sees the last one only. */
  passed(nowMs: number): boolean {
    return ++this.#passed >= this.#thresholds.probes && this.#judge.count('ok', nowMs) === 'closed';
  }

  failed(atMs: number): void {
    this.#judge.count('fail', atMs);
  }

  /** How long until the oldest one that is out has decided; 0 if none is. */
  undecidedMs(nowMs: number): number {
    const oldest = this.#out.values().next().value;
    return oldest === undefined ? 0 : oldest.startedMs + this.#thresholds.probeTimeoutMs - nowMs;
  }

  /** The probe whose time was up first by `nowMs`. */
  overdue(nowMs: number): OverdueProbe | undefined {
    const { probeTimeoutMs, slowCallMs } = this.#thresholds;
    let first: OverdueProbe | undefined;
    for (const probe of this.#out) {
      const endMs = probe.startedMs + probeTimeoutMs;
      if (nowMs >= endMs && endMs < (first?.atMs ?? Infinity))
        first = { atMs: endMs, because: `its probe did not end within ${durationText(probeTimeoutMs)}` };
      // What is as slow as before is not well.
      const contentMs = probe.startedMs + slowCallMs;
      const isSlow = probe instanceof WatchedPermit && !probe.isAnswered && nowMs > contentMs;
      if (isSlow && contentMs < (first?.atMs ?? Infinity))
        first = { atMs: contentMs, because: `its probe had no content after ${durationText(slowCallMs)}` };
    }
    return first;
  }

  dispose(): void {
    this.#judge.dispose();
  }
}
