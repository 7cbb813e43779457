import type { Call } from '@holdfast/core';

/** Says which attempt a request is, 1-based, to whoever further in would retry as well. */
export const attemptHeader = 'x-holdfast-attempt';

/**
 * Who further out is retrying already, as the name and value of the header that says so; `undefined` if nobody is known
 * to. Two layers that retry multiply. Read as it came from outside: what layers of this pipeline set is not asked.
 */
export function retriesFurtherOut({ root }: Call): string | undefined {
  const clientRetries = Number(root.headers.get('x-stainless-retry-count'));
  if (clientRetries > 0) return `x-stainless-retry-count ${clientRetries}`;
  const outerAttempt = Number(root.headers.get(attemptHeader));
  return outerAttempt > 1 ? `${attemptHeader} ${outerAttempt}` : undefined;
}
