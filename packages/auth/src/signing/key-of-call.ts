import { OptionError, type Call } from '@holdfast/core';
import type { ResolvedSignOptions } from './options.ts';
import type { ReadySigningKey } from './signing-key.ts';
import { within, wordsOf } from './within.ts';

/** A function gave no key that can sign. The message holds no secret. */
export class NoKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoKeyError';
  }
}

/**
 * The key for one attempt.
 *
 * @throws NoKeyError when the function fails, takes too long or gives no key; the reason of the call's signal.
 */
export async function keyOfCall(call: Call, options: ResolvedSignOptions): Promise<ReadySigningKey> {
  const { key, giveKey, ready, keyTimeoutMs } = options;
  if (key !== undefined || giveKey === undefined) return key as ReadySigningKey;
  const { clock, signal } = call;
  try {
    const given = await within({ clock, signal, timeoutMs: keyTimeoutMs }, (ended) => giveKey({ signal: ended }));
    return ready(given);
  } catch (error) {
    signal?.throwIfAborted();
    throw new NoKeyError(error instanceof OptionError ? error.message : `the function sign.key: ${wordsOf(error)}`);
  }
}
