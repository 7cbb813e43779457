import { untilAborted } from '@holdfast/core';
import { CredentialError } from '../credential-error.ts';
import { failure, traitsOf } from './source-failure.ts';

/**
 * Asks a store through the library of its provider, until `signal` aborts. A library that does not listen to it is
 * left behind.
 *
 * @throws CredentialError naming class and status of what the library threw; the reason of `signal` when that aborts.
 */
export async function askStore<T>(id: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await untilAborted(ask(), signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof CredentialError) throw error;
    throw failure(id, `was not given its value${traitsOf(error)}${hintFor(error)}`);
  }
}

/** What codes of gRPC mean, which Google's client throws. */
const grpcHints: Readonly<Record<number, string>> = {
  3: 'the name is not valid',
  4: 'the store did not answer in time',
  5: 'there is no such secret or version',
  7: 'permission denied',
  8: 'the quota of the store is used up',
  9: 'the version is disabled or destroyed',
  14: 'the store is not available',
  16: 'the credentials for the store are not valid',
};

function hintFor(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  const hint = typeof code === 'number' ? grpcHints[code] : undefined;
  return hint === undefined ? '' : `: ${hint}`;
}
