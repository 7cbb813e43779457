import { expect } from 'vitest';
import { OAuthError } from '../src/index.ts';

/** The error with which a promise was rejected, which has to be one of this package. */
export async function oauthErrorBy(promise: Promise<unknown>): Promise<OAuthError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(OAuthError);
  return thrown as OAuthError;
}

/** Its code. */
export const codeBy = async (promise: Promise<unknown>): Promise<string> => (await oauthErrorBy(promise)).code;
