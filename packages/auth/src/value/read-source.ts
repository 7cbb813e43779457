import { guardTimer, Secret, type Clock } from '@holdfast/core';
import { CredentialError } from '../credential-error.ts';
import { classOf } from './error-class.ts';
import type { CredentialSource, SourceValue } from '../source.ts';

/** How a source is asked. */
export interface Asking {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly rejected: Secret | undefined;
  /** Ends the question for everybody. */
  readonly ended: AbortSignal;
}

/** What a source gave, taken in. */
export interface Reading {
  readonly secret: Secret;
  /** When it ends, in milliseconds since the Unix epoch; infinite if that is not known. */
  readonly expiresAtMs: number;
}

/**
 * Asks a source once and takes in what it gives.
 *
 * @throws CredentialError naming the source and what went wrong with it, in words that hold no secret.
 */
export async function readSource(source: CredentialSource, asking: Asking): Promise<Reading> {
  const given = await bounded(source, asking);
  if (given instanceof Secret) return { secret: given, expiresAtMs: Number.POSITIVE_INFINITY };
  const { value, expiresAtMs } =
    typeof given === 'object' && given !== null && 'value' in given ? given : { value: given, expiresAtMs: undefined };
  const end = Number.isFinite(expiresAtMs) ? (expiresAtMs as number) : Number.POSITIVE_INFINITY;
  if (value instanceof Secret) return { secret: value, expiresAtMs: end };
  try {
    return { secret: Secret.from(value, source.id), expiresAtMs: end };
  } catch (error) {
    // Says source and length, never the value.
    throw new CredentialError((error as Error).message);
  }
}

async function bounded(source: CredentialSource, asking: Asking): Promise<SourceValue> {
  const { clock, timeoutMs, rejected, ended } = asking;
  const closed = 'was not asked to the end, as the pipeline was closed';
  if (ended.aborted) throw new CredentialError(`${source.id} ${closed}`);
  const controller = new AbortController();
  const { signal } = controller;
  let expire!: (error: CredentialError) => void;
  const expired = new Promise<never>((_, reject) => (expire = reject));
  const stop = (reason: string): void => {
    const error = new CredentialError(`${source.id} ${reason}`);
    controller.abort(error);
    expire(error);
  };
  const onEnd = (): void => stop(closed);
  const timer = clock.setTimer(() => stop(`did not answer within ${timeoutMs} ms`), timeoutMs, guardTimer);
  ended.addEventListener('abort', onEnd, { once: true });
  try {
    const answer = source.read(rejected === undefined ? { signal } : { signal, rejected });
    // A source that does not listen to its signal is left behind.
    return await Promise.race([answer, expired]);
  } catch (error) {
    // Our own errors are worded with care; what anybody else throws may quote the request that it made.
    throw error instanceof CredentialError ? error : new CredentialError(`${source.id} failed${classOf(error)}`);
  } finally {
    timer.cancel();
    ended.removeEventListener('abort', onEnd);
  }
}
