import type { Secret } from '@holdfast/core';

/** What a source is told when it is asked, as `@holdfast/auth` does. */
export interface TokenRequest {
  readonly signal: AbortSignal;
}

/** A token with its end, as `@holdfast/auth` takes it. */
export interface IssuedToken {
  readonly value: Secret;
  /** In milliseconds since the Unix epoch; `undefined` if that is not known. */
  readonly expiresAtMs: number | undefined;
}

/**
 * A source of tokens for `auth({ credentials })`, which keeps what it gives as long as that holds. Each `read` gets a
 * new token.
 */
export interface TokenSource {
  /** Names the credential in journeys, spans and errors. */
  readonly id: string;
  readonly kind: 'token';
  /** @throws OAuthError; the reason of `signal` when that aborted. */
  read(request: TokenRequest): Promise<IssuedToken>;
}
