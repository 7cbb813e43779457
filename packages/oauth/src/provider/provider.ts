import { OptionError, type Secret } from '@holdfast/core';
import { OpenIdProvider } from './open-id-provider.ts';
import type { ProviderOptions } from '../options.ts';
import { resolveProviderOptions } from './provider-options.ts';
import type { TokenRecord } from '../store/token-store.ts';
import type { Tokens } from '../tokens.ts';

/** What a refresh may be told. */
export interface RefreshOptions {
  /** Whose tokens they are. Where the answer says who they belong to and it is somebody else, they are refused. */
  readonly subject?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A provider of tokens. Its endpoints are discovered at the first use. */
export interface Provider {
  /** As it was given. */
  readonly issuer: string;
  readonly clientId: string;
  /**
   * Fetches the discovery document unless it is at hand.
   *
   * @returns the issuer as it names itself.
   * @throws OAuthError.
   */
  discover(options?: { readonly signal?: AbortSignal | undefined }): Promise<string>;
  /**
   * Gets new tokens for a refresh token. Where no new refresh token comes, the old one goes on.
   *
   * @throws OAuthError: `unreachable` if the refresh token was certainly not sent, `invalid_grant` if it is no longer
   *   good; whenever `mayBeUsed` is `true`, nobody knows whether it can be used again.
   */
  readonly refresh: (record: Pick<TokenRecord, 'refreshToken' | 'scope'>, options?: RefreshOptions) => Promise<Tokens>;
  /**
   * Tells the provider that tokens are no longer wanted: the refresh token first, then the other whatever came of it.
   *
   * @throws OAuthError; `provider_unsupported` where the provider has no endpoint for it.
   * @see RFC 7009
   */
  revoke(
    tokens: { readonly accessToken?: Secret | undefined; readonly refreshToken?: Secret | undefined },
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
}

/**
 * A provider of tokens: any that publishes OpenID discovery. Sends nothing until it is used.
 *
 * @throws OptionError when an option breaks its rule; TypeError for a secret that can be none.
 */
export function provider(options: ProviderOptions): Provider {
  return new OpenIdProvider(resolveProviderOptions(options));
}

/** @throws OptionError for anything but what {@link provider} gave. */
export function openIdProviderOf(factory: string, given: unknown): OpenIdProvider {
  if (given instanceof OpenIdProvider) return given;
  throw new OptionError(`${factory}.provider`, 'what provider() gave', given);
}
