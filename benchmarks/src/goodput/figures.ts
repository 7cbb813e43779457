import { quantile } from '../paired.ts';
import type { Played } from './play.ts';
import { models } from './world.ts';

/** What one contestant made of one trace, in figures. `NaN` where there was no answer to divide by. */
export interface Figures {
  /** Whole answers, in percent of the calls. */
  readonly answeredPercent: number;
  readonly failedPercent: number;
  readonly truncatedPercent: number;
  readonly duplicatedPercent: number;
  /** Requests that reached an upstream, per whole answer. */
  readonly requestsPerAnswer: number;
  /** In this time half of all calls had their whole answer, counted from when they were due. */
  readonly p50Ms: number;
  /**
   * In this time 99 of 100 calls had their whole answer; `NaN` if they never had. Of answers alone, those would
   * look fastest that give up what takes long.
   */
  readonly p99Ms: number;
  /** All that the upstreams billed, per 1000 whole answers. */
  readonly usdPer1000: number;
  /** Whole answers of the model that was asked for, in percent of whole answers. */
  readonly askedModelPercent: number;
}

export function figuresOf({ calls, requests, costUsd }: Played): Figures {
  const percent = (verdict: string): number =>
    (100 * calls.filter((call) => call.verdict === verdict).length) / calls.length;
  const answers = calls.filter(({ verdict }) => verdict === 'whole');
  // A call without an answer waits for ever.
  const waits = calls.map(({ verdict, latencyMs }) => (verdict === 'whole' ? latencyMs : Number.POSITIVE_INFINITY));
  const within = (share: number): number => {
    const waited = quantile(waits, share);
    return Number.isFinite(waited) ? waited : Number.NaN;
  };
  return {
    answeredPercent: percent('whole'),
    failedPercent: percent('failed'),
    truncatedPercent: percent('truncated'),
    duplicatedPercent: percent('duplicated'),
    requestsPerAnswer: requests / answers.length,
    p50Ms: within(0.5),
    p99Ms: within(0.99),
    usdPer1000: (1000 * costUsd) / answers.length,
    askedModelPercent: (100 * answers.filter(({ model }) => model === models.asked).length) / answers.length,
  };
}

/** Each figure's median over the rounds; `NaN` if it is so in one of them. */
export function medianOf(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {}) as (keyof Figures)[];
  return Object.fromEntries(
    names.map((name) => [name, medianOfOne(rounds.map((round) => round[name]))]),
  ) as unknown as Figures;
}

// Nothing can be sorted that is no number.
const medianOfOne = (values: readonly number[]): number =>
  values.some((value) => Number.isNaN(value)) ? Number.NaN : quantile(values, 0.5);

/** What was thrown at the callers, the commonest first. */
export function errorsOf(rounds: readonly Played[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { error } of rounds.flatMap(({ calls }) => calls))
    if (error !== undefined) counts.set(error, (counts.get(error) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}
