import { durationText } from './duration-text.ts';
import { thresholdsOf, type CircuitOptions } from './options.ts';

/** The thresholds in one line, for `pipeline.describe()`. */
export function describeThresholds(options: CircuitOptions): string {
  const thresholds = thresholdsOf(options);
  const { windowMs, minimumCalls, failureThreshold, consecutiveFailures, slowCallMs, slowCallThreshold } = thresholds;
  const ratios = [`${percent(failureThreshold)} failures`];
  if (slowCallMs > 0) ratios.push(`${percent(slowCallThreshold)} without content after ${durationText(slowCallMs)}`);
  const inRow = consecutiveFailures > 0 ? `, or ${consecutiveFailures} failures in a row` : '';
  const { openMs, maxOpenMs, openGrowth, probes, rampMs } = thresholds;
  const grows = openGrowth > 1 && maxOpenMs > openMs ? ` to ${durationText(maxOpenMs)}` : '';
  const ramp = rampMs > 0 ? `, then a ramp of ${durationText(rampMs)}` : '';
  return (
    `opens at ${ratios.join(' or ')} of at least ${minimumCalls} calls in ${durationText(windowMs)}${inRow}; ` +
    `for ${durationText(openMs)}${grows}, then ${probes} probe(s)${ramp}`
  );
}

const percent = (ratio: number): string => `${Math.round(ratio * 1000) / 10} %`;
