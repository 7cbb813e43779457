import type { Fetch } from '@holdfast/core';
import { errorAnswer, jsonAnswer } from '@holdfast/testkit';

/** Answers each bearer by what `faults` has for it, and notes who came. */
export function upstreamOf(faults: Record<string, (() => Response) | undefined>): { fetch: Fetch; seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    async fetch(_input, init) {
      const bearer = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? 'none';
      seen.push(bearer);
      await Promise.resolve();
      return faults[bearer]?.() ?? jsonAnswer();
    },
  };
}

export const invalid = (): Response => errorAnswer(401, { code: 'invalid_api_key' });
