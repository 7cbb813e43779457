import type { Call } from '@holdfast/core';
import { subjectOf } from './circuit-key.ts';
import type { DetailedRejection } from './details.ts';
import { durationText } from './duration-text.ts';

/** One sentence for whoever reads it at night: which circuit, what opened it, and when it tries again. */
export function rejectionMessage(call: Call, rejection: DetailedRejection): string {
  const { reason, retryAfterMs, because } = rejection;
  const { model } = call.target;
  const subject = model === undefined ? `${call.route.operation} calls` : subjectOf(call);
  const where = `${subject} at ${call.route.origin.replace(/^https?:\/\//, '')}`;
  if (reason === 'isolated')
    return `The circuit of ${where} was opened by hand and stays so until it is closed by hand.`;
  const why = because === undefined ? '' : `: ${because}`;
  const next =
    reason === 'open'
      ? `The next probe goes in ${durationText(retryAfterMs)}.`
      : `A probe is under way and decides within ${durationText(retryAfterMs)}.`;
  return `The circuit of ${where} is ${reason === 'open' ? 'open' : 'half open'}${why}. ${next}`;
}
