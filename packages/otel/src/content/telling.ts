import type { Call, Outcome } from '@holdfast/core';
import type { Attributes, Context } from '@opentelemetry/api';
import { contentOf, type Cleaning } from './capture.ts';
import { contentAttributes, tellDetails } from './event.ts';

/** Where what was said is told. */
export type CaptureContent = 'none' | 'spans' | 'events' | 'both';

/** How much of a stream is kept to be told. Longer ones are told as far. */
export const keptBytes: number = 1024 * 1024;

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
    call.context.warn(`holdfast ${call.service}: telemetry told no content, as it could not be cleaned`, error);
    return {};
  }
}
