import type { Call } from '@holdfast/core';
import { subjectOf, type CircuitKeys } from './circuit-key.ts';
import type { DetailedRejection } from './details.ts';
import { durationText } from './duration-text.ts';
import type { Refused } from './leave.ts';

/** One sentence for whoever reads it at night: which circuit, what opened it, and when it tries again. */
export function rejectionMessage(call: Call, keys: CircuitKeys, { key, rejection }: Refused): string {
  const host = call.route.origin.replace(/^https?:\/\//, '');
  const subject =
    key === keys.target ? subjectOf(call) : key === keys.endpoint ? 'all calls' : `credential ${key.split(':').at(-1)}`;
  const circuit = `The circuit of ${subject} at ${host}`;
  if (rejection.reason === 'isolated') return `${circuit} was opened by hand and stays so until it is closed by hand.`;
  const why = rejection.because === undefined ? '' : `: ${rejection.because}`;
  return `${circuit} is ${stateText[rejection.reason]}${why}. ${nextText(rejection)}`;
}

const stateText = { open: 'open', probing: 'half open', ramping: 'closed again' } as const;

function nextText({ reason, retryAfterMs }: DetailedRejection): string {
  const wait = durationText(retryAfterMs);
  if (reason === 'ramping') return `Only a growing share of the calls goes yet; try again in ${wait}.`;
  return reason === 'open' ? `The next probe goes in ${wait}.` : `A probe is under way and decides within ${wait}.`;
}
