import { durationText } from './duration-text.ts';
import { thresholdsOf, type CircuitOptions } from './options.ts';

/** The thresholds in one line, for `pipeline.describe()`. */
export function describeThresholds(options: CircuitOptions): string {
  const { windowMs, minimumCalls, failureThreshold, consecutiveFailures, openMs, probes } = thresholdsOf(options);
  const percent = Math.round(failureThreshold * 1000) / 10;
  const inRow = consecutiveFailures > 0 ? `, or ${consecutiveFailures} failures in a row` : '';
  return (
    `opens at ${percent} % failures of at least ${minimumCalls} calls in ${durationText(windowMs)}${inRow}; ` +
    `for ${durationText(openMs)}, then ${probes} probe(s)`
  );
}
