import type { Answer } from './contestant.ts';

/** What everybody asks. */
export const prompt =
  'You are the harbour master. In one or two sentences, tell the crew of a small boat why the harbour holds in a storm.';

/** What every model answers: no word twice, so that nothing repeated goes unseen. */
export const expectedText =
  'Granite walls break each wave before water reaches our moorings, and pilots know every channel.';

/** How a call ended. Only `whole` is an answer. */
export type Verdict = 'whole' | 'truncated' | 'duplicated' | 'failed';

const opening = expectedText.split(' ').slice(0, 2).join(' ');

/**
 * Whether what was handed over as an answer is one. A text without a finish reason is no whole one, even if no
 * word of it is missing: nobody can know.
 */
export function verdictOf({ text, finishReason }: Answer): Verdict {
  if (text === expectedText) return finishReason === 'stop' ? 'whole' : 'truncated';
  return text.split(opening).length > 2 || text.length > expectedText.length ? 'duplicated' : 'truncated';
}
