import type { FitChange } from './fit.ts';

/** All changes in one sentence, e.g. `max_completion_tokens 64000 clamped to 16384; reasoning_effort high dropped`. */
export const describeChanges = (changes: readonly FitChange[]): string =>
  changes
    .map(({ parameter, action, from, to }) => {
      const value = from === null ? '' : ` ${from}`;
      return `${parameter}${value} ${action}${to === undefined ? '' : ` to ${to}`}`;
    })
    .join('; ');
