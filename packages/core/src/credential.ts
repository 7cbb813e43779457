import type { Secret } from './secret.ts';

/**
 * What a call proves itself with.
 *
 * - `key`: a project or user key; a 401 on it means that it is dead.
 * - `token`: short-lived, from a source that can be asked for a new one.
 * - `admin`: an admin key; for admin operations and nothing else.
 */
export type CredentialKind = 'key' | 'token' | 'admin';

/** A credential as layers see it: who it is, never what it is. */
export interface Credential {
  /** Names the credential in journeys, spans and errors. Holds no part of the secret. */
  readonly id: string;
  readonly kind: CredentialKind;
  readonly secret: Secret;
  /** The only origins that may ever see it, e.g. `https://api.openai.com`. */
  readonly origins: readonly string[];
  /** What its rate limits and quota are shared with, such as a project, where that is known. */
  readonly limitDomain?: string;
  /** How it travels: as a bearer, or in the header that Azure takes keys in. @defaultValue 'authorization' */
  readonly header?: 'authorization' | 'api-key';
}
