import { OptionError, Secret } from '@holdfast/core';
import { OAuthError } from '../oauth-error.ts';

/** A text, or one with an end that is not looked at: a subject token is used at once. */
export type SubjectTokenValue = string | Secret | { readonly value: string | Secret };

/**
 * Where a subject token comes from; asked for each exchange. A function; a source of `@holdfast/auth`, such as a file or
 * a variable; or a subject token provider of the openai client, such as its `k8sServiceAccountTokenProvider()`.
 */
export type SubjectToken =
  | ((request: { readonly signal: AbortSignal }) => SubjectTokenValue | Promise<SubjectTokenValue>)
  | { read(request: { readonly signal: AbortSignal }): SubjectTokenValue | Promise<SubjectTokenValue> }
  | { readonly tokenType: 'jwt' | 'id'; getToken(): Promise<string> };

const types = {
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  id: 'urn:ietf:params:oauth:token-type:id_token',
} as const;

/** A subject token that can be asked for. */
export interface SubjectTokenReader {
  /** Its type, where the source says it. */
  readonly type: string | undefined;
  /** @throws OAuthError of code `subject_token_failed`, without the words of the source: they may quote the token. */
  readonly read: (signal: AbortSignal) => Promise<string>;
}

/** @throws OptionError for anything that cannot be asked. */
export function subjectTokenReader(option: string, given: SubjectToken): SubjectTokenReader {
  const ask = askerOf(given);
  if (ask === undefined)
    throw new OptionError(option, 'a function, a source, or a subject token provider of the openai client', given);
  const type = typeof given === 'object' && 'tokenType' in given ? types[given.tokenType] : undefined;
  return { type, read: (signal) => readSubjectToken(ask, signal) };
}

type Ask = (request: { readonly signal: AbortSignal }) => SubjectTokenValue | Promise<SubjectTokenValue>;

function askerOf(given: SubjectToken): Ask | undefined {
  if (typeof given === 'function') return given;
  if (typeof given !== 'object' || given === null) return undefined;
  if ('getToken' in given && typeof given.getToken === 'function') return () => given.getToken();
  return 'read' in given && typeof given.read === 'function' ? (request) => given.read(request) : undefined;
}

async function readSubjectToken(ask: Ask, signal: AbortSignal): Promise<string> {
  let answer: unknown;
  try {
    answer = await ask({ signal });
  } catch {
    signal.throwIfAborted();
    throw failed('failed');
  }
  const isPlain = typeof answer !== 'object' || answer === null || answer instanceof Secret;
  const value = isPlain ? answer : (answer as { value?: unknown }).value;
  if (value instanceof Secret) return value.reveal();
  try {
    // Files and metadata services end it with a line break.
    return Secret.from(value as string, 'the subject token').reveal();
  } catch {
    throw failed('gave what can be no token');
  }
}

const failed = (how: string): OAuthError =>
  new OAuthError('subject_token_failed', `The source of the subject token ${how}; nothing was exchanged.`);
