import { quantile } from '../paired.ts';

/**
 * A difference between two contestants: the median over rounds of what they differ by in the same round. It is
 * `noise` where it varies between rounds by more than it amounts to, and `unknown` where there was one round only,
 * or no answer to measure.
 */
export type Difference = number | 'noise' | 'same' | 'unknown';

/** What `own` has more than `other`, round by round; `floor` is what the machine alone may account for. */
export function differenceOf(own: readonly number[], other: readonly number[], floor = 0): Difference {
  const pairs = own.map((value, round) => value - (other[round] as number));
  if (pairs.length < 2 || pairs.some((pair) => Number.isNaN(pair))) return 'unknown';
  if (pairs.every((pair) => pair === 0)) return 'same';
  const median = quantile(pairs, 0.5);
  const spread = Math.max(...pairs) - Math.min(...pairs);
  return Math.abs(median) <= Math.max(spread, floor) ? 'noise' : median;
}
