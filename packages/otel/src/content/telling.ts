import type { Call, Outcome } from '@holdfast/core';
import type { Attributes, Context } from '@opentelemetry/api';
import { contentOf, type Cleaning } from './capture.ts';
import type { ResolvedTelemetryOptions } from '../options.ts';
import { contentAttributes, hasLogs, tellDetails } from './event.ts';

/** Where what was said is told. */
export type CaptureContent = 'none' | 'spans' | 'events' | 'both';

/** Bytes that an event of a stream takes for each character of what it says, about. */
const bytesPerChar = 64;

/** How much of a stream is kept to be told: enough for as much as is told. */
export const keptBytesFor = ({ captureContent, maxContentChars }: ResolvedTelemetryOptions): number =>
  whereTold(captureContent) === 'none' ? 0 : maxContentChars * bytesPerChar;

/** Without logs in the API there are no events. */
export function whereTold(capture: CaptureContent): CaptureContent {
  if (hasLogs() || capture === 'none') return capture;
  return capture === 'events' ? 'none' : 'spans';
}

/**
 * Tells what was said in a call, where that is wanted: as an event, and as attributes, which it returns for the span.
 * What cannot be cleaned is not told.
 */
export function contentTold(
  call: Call,
  outcome: Outcome,
  {
    capture,
    within,
    attributes,
    ...cleaning
  }: Cleaning & {
    readonly capture: CaptureContent;
    readonly within: Context;
    /** Of the span, for the event. */
    readonly attributes: Attributes;
  },
): Attributes {
  if (capture === 'none') return {};
  try {
    const content = contentOf(call, outcome, cleaning);
    if (capture !== 'spans') tellDetails(content, attributes, within);
    return capture === 'events' ? {} : contentAttributes(content);
  } catch (error) {
    // Not the error itself: the text that a redactor of the user's choked on may be in it.
    const name = error instanceof Error ? error.name : typeof error;
    call.context.warn(`holdfast ${call.service}: telemetry told no content, as cleaning it threw (${name})`);
    return {};
  }
}
