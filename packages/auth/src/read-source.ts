import { guardTimer, Secret, type Clock } from '@holdfast/core';
import { CredentialError } from './credential-error.ts';
import type { CredentialSource, SourceValue } from './source.ts';

/** How a source is asked. */
export interface Asking {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly rejected: Secret | undefined;
}

/**
 * Asks a source once and takes in what it gives.
 *
 * @throws CredentialError naming the source and what went wrong with it, in words that hold no secret.
 */
export async function readSource(source: CredentialSource, asking: Asking): Promise<Secret> {
  const value = await bounded(source, asking);
  if (value instanceof Secret) return value;
  try {
    return Secret.from(value, source.id);
  } catch (error) {
    // Says source and length, never the value.
    throw new CredentialError((error as Error).message);
  }
}

async function bounded(source: CredentialSource, asking: Asking): Promise<SourceValue> {
  const { clock, timeoutMs, rejected } = asking;
  const controller = new AbortController();
  const { signal } = controller;
  let expire!: (error: CredentialError) => void;
  const expired = new Promise<never>((_, reject) => (expire = reject));
  const timer = clock.setTimer(
    () => {
      const error = new CredentialError(`${source.id} did not answer within ${timeoutMs} ms`);
      controller.abort(error);
      expire(error);
    },
    timeoutMs,
    guardTimer,
  );
  try {
    const answer = source.read(rejected === undefined ? { signal } : { signal, rejected });
    // A source that does not listen to its signal is left behind.
    return await Promise.race([answer, expired]);
  } catch (error) {
    // What a source throws may quote the request that it made.
    throw error === signal.reason && signal.aborted ? error : new CredentialError(`${source.id} failed${named(error)}`);
  } finally {
    timer.cancel();
  }
}

/** The class of an error, if its name is one; anybody can write anything into it. */
function named(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Z][A-Za-z]{0,30}(?:Error|Exception)$|^Error$/.test(name) ? ` (${name})` : '';
}
