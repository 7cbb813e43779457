/**
 * Writes milliseconds as Go does, which is how the API states its resets:
 * `0s`, `120ms`, `1.5s`, `6m0s`, `1h0m0s`.
 *
 * @see https://pkg.go.dev/time#Duration.String
 */
export function goDuration(durationMs: number): string {
  const wholeMs = Math.ceil(durationMs);
  if (wholeMs <= 0) return '0s';
  if (wholeMs < 1000) return `${wholeMs}ms`;
  const hours = Math.floor(wholeMs / 3_600_000);
  const minutes = Math.floor((wholeMs % 3_600_000) / 60_000);
  const seconds = `${(wholeMs % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
