import type { Clock, Secret } from '@holdfast/core';
import {
  enableNonRepudiationChecks,
  refreshTokenGrant,
  tokenRevocation,
  type Configuration,
  type ServerMetadata,
} from 'openid-client';
import { Configurations } from './configurations.ts';
import { OAuthError } from '../oauth-error.ts';
import { Operation } from './operation.ts';
import type { ResolvedProviderOptions } from './provider-options.ts';
import type { Provider } from './provider.ts';
import { tokensOf } from '../tokens.ts';

/** What is asked of a provider. */
export interface Question {
  /** For errors: `The refresh`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Whether the signature of an ID token is checked against the keys of the provider. */
  readonly checksSignature?: boolean;
}

/** What {@link provider} gives, and what the flows need of it beside. */
export class OpenIdProvider implements Provider {
  readonly issuer: string;
  readonly clientId: string;
  readonly #options: ResolvedProviderOptions;
  readonly #configurations: Configurations;

  constructor(options: ResolvedProviderOptions) {
    this.issuer = options.identifier;
    this.clientId = options.clientId;
    this.#options = options;
    this.#configurations = new Configurations(options);
  }

  get clock(): Clock {
    return this.#options.bounds.clock;
  }

  get host(): string {
    return this.#options.issuer.host;
  }

  async discover({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<string> {
    return (await this.metadata(signal)).issuer;
  }

  /** What the provider says of itself. */
  async metadata(signal: AbortSignal | undefined): Promise<ServerMetadata> {
    const { result } = await this.ask({ what: 'The discovery', signal }, (configuration) =>
      configuration.serverMetadata(),
    );
    return result;
  }

  /** Bound, as it is handed on as a function: `refreshTokens({ refresh: provider.refresh })`. */
  readonly refresh: Provider['refresh'] = async ({ refreshToken, scope }, { subject, signal } = {}) => {
    if (refreshToken === undefined)
      throw new OAuthError('no_refresh_token', `There is no refresh token for ${this.host}: sign in again.`);
    // Without a check of the signature: keys that cannot be had must not cost tokens that were given already. The
    // connection has proved who answers.
    const { result, requestedMs } = await this.ask({ what: 'The refresh', signal }, (configuration) =>
      refreshTokenGrant(configuration, refreshToken.reveal()),
    );
    const answered = result.claims()?.sub;
    if (subject !== undefined && answered !== undefined && answered !== subject)
      throw new OAuthError('subject_mismatch', `The refresh at ${this.host} brought tokens of another user.`, {
        mayBeUsed: true,
      });
    const tokens = tokensOf(result, requestedMs);
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken, scope: tokens.scope ?? scope };
  };

  async revoke(
    tokens: { readonly accessToken?: Secret | undefined; readonly refreshToken?: Secret | undefined },
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const failures: unknown[] = [];
    for (const [kind, token] of [
      ['refresh_token', tokens.refreshToken],
      ['access_token', tokens.accessToken],
    ] as const) {
      if (token === undefined) continue;
      // What becomes of the one must not keep the other alive.
      await this.ask({ what: 'The revocation', signal }, (configuration) =>
        tokenRevocation(configuration, token.reveal(), { token_type_hint: kind }),
      ).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Asks by openid-client: `use` gets a configuration that is bound to this question alone. */
  async ask<T>(
    { what, signal, checksSignature = false }: Question,
    use: (configuration: Configuration) => T | Promise<T>,
  ): Promise<{ readonly result: T; readonly requestedMs: number }> {
    const operation = new Operation(`${what} at ${this.host}`, this.#options.bounds, signal);
    try {
      signal?.throwIfAborted();
      const configuration = await this.#configurations.make(operation);
      if (checksSignature) enableNonRepudiationChecks(configuration);
      const result = await this.#configurations.learning(configuration, use);
      return { result, requestedMs: operation.requestedMs };
    } catch (error) {
      throw operation.failure(error);
    }
  }
}
