import { refusalOf } from 'holdfast';
import { APIConnectionTimeoutError, APIError } from 'openai';

/** How an error is told to whoever asked: nothing of the upstream's own words, and when to come again. */
export interface Problem {
  readonly status: number;
  readonly body: { readonly error: string; readonly code: string };
  readonly retryAfterSeconds?: number;
}

/** The client's own error classes say it all, whether the API refused or Holdfast did. */
export function problemOf(error: unknown): Problem {
  if (error instanceof APIConnectionTimeoutError) return problem(504, 'timeout', 'The answer took too long.');
  if (error instanceof APIError) {
    const retryAfterMs = refusalOf(error)?.retryAfterMs;
    if (error.status === 429) return { ...problem(429, 'busy', 'Too much at once.'), ...inSeconds(retryAfterMs) };
    if (error.status === 400) return problem(422, 'not_understood', 'The model cannot answer that.');
    return { ...problem(503, error.code ?? 'upstream', 'No answer can be had now.'), ...inSeconds(retryAfterMs) };
  }
  const { status, message } = error as { status?: number; message?: string };
  if (status !== undefined && status < 500) return problem(status, 'bad_request', message ?? 'Bad request.');
  return problem(500, 'internal', 'Something went wrong.');
}

const problem = (status: number, code: string, error: string): Problem => ({ status, body: { error, code } });

const inSeconds = (ms: number | undefined): Pick<Problem, 'retryAfterSeconds'> =>
  ms === undefined ? {} : { retryAfterSeconds: Math.ceil(ms / 1000) };
