import { Secret, untilAborted } from '@holdfast/core';
import { CredentialError } from '../credential-error.ts';
import type { CredentialSource, SourceContext } from '../source.ts';
import { failure } from './source-failure.ts';
import { takeIn } from './take-in.ts';
import type { StoreSecret } from './vault-options.ts';

/** A secret for a store, to be asked for whenever it is needed. */
export type SecretGiver = (context: SourceContext) => Promise<Secret>;

/**
 * @param id - names the secret in errors.
 * @throws CredentialError for a value that can be no bearer.
 */
export function secretGiver(id: string, given: StoreSecret): SecretGiver {
  if (typeof given === 'string' || given instanceof Secret) {
    const secret = takeIn(id, given);
    return () => Promise.resolve(secret);
  }
  return (context) => read(id, given, context);
}

async function read(id: string, source: CredentialSource, context: SourceContext): Promise<Secret> {
  try {
    const answer = await untilAborted(Promise.resolve(source.read(context)), context.signal);
    return takeIn(id, answer instanceof Secret || typeof answer !== 'object' ? answer : answer.value);
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    throw error instanceof CredentialError ? error : failure(id, 'its source failed');
  }
}
