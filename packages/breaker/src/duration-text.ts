/** A duration for whoever reads it at night: `850 ms`, `1.5 s`, `30 s`. Rounded up, so that waiting it out is enough. */
export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.ceil(ms)} ms` : `${Math.ceil(ms / 100) / 10} s`;
}
