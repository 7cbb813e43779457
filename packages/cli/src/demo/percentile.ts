/** The smallest value that a `share` of all values does not exceed (nearest rank); `sorted` goes upwards. */
export function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
