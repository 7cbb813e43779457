import { OAuthError } from '@holdfast/oauth';
import { AuthenticationError } from 'openai';

/** How an error is told to whoever asked: nothing of what the provider or the API said. */
export interface Problem {
  readonly status: number;
  readonly body: { readonly error: string; readonly code: string };
}

/** Codes of a provider that does not do its part. All others say what is wrong with the login at hand. */
const ofProvider = new Set(['unreachable', 'connection_lost', 'timeout', 'provider_unavailable', 'response_too_large']);

export function problemOf(error: unknown): Problem {
  if (error instanceof OAuthError)
    return ofProvider.has(error.code)
      ? problem(503, error.code, 'Nobody can sign in now.')
      : problem(400, error.code, 'This login was not taken. Start again.');
  const isUnsigned = (error as { status?: unknown }).status === 401;
  if (error instanceof AuthenticationError || isUnsigned) return problem(401, 'not_signed_in', 'Sign in first.');
  return problem(503, 'unavailable', 'No answer can be had now.');
}

const problem = (status: number, code: string, error: string): Problem => ({ status, body: { error, code } });
