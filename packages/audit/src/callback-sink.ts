import { OptionError } from '@holdfast/core';
import type { AuditSink } from './sink.ts';

/**
 * Hands lines to a function, one batch after the other. Where it throws or rejects it gets the same lines again.
 *
 * @throws OptionError for what is no function.
 */
export function callbackSink(take: (lines: readonly string[]) => void | Promise<void>): AuditSink {
  if (typeof take !== 'function') throw new OptionError('callbackSink', 'a function', take);
  return { name: 'a callback', write: async (lines) => take(lines) };
}
