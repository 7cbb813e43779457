import { checkOptions } from '@holdfast/core';
import { clientCredentialsGrant } from 'openid-client';
import { oauthRules } from '../options.ts';
import { openIdProviderOf, type Provider } from '../provider/provider.ts';
import type { TokenSource } from './token-source.ts';
import { tokensOf } from '../tokens.ts';

/** How a service gets tokens of its own. */
export interface ClientCredentialsOptions {
  /** With an `authentication` other than `none`. */
  readonly provider: Provider;
  /** @defaultValue what the provider gives unasked */
  readonly scope?: string;
  /**
   * Further parameters of the request, such as `resource` (RFC 8707) or `audience`.
   * @defaultValue none
   */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Names the credential in journeys, spans and errors. Not a secret.
   * @defaultValue `client:` and the client id
   */
  readonly id?: string;
}

/**
 * Tokens of the service itself, as a source for `auth({ credentials })`. Sends nothing until it is asked.
 *
 * @throws OptionError when an option breaks its rule.
 * @see RFC 6749 §4.4
 */
export function clientCredentials(options: ClientCredentialsOptions): TokenSource {
  checkOptions('clientCredentials', options, {
    provider: undefined,
    scope: oauthRules.text,
    parameters: undefined,
    id: oauthRules.text,
  });
  const provider = openIdProviderOf('clientCredentials', options.provider);
  const { scope, parameters, id = `client:${provider.clientId}` } = options;
  return {
    id,
    kind: 'token',
    async read({ signal }) {
      const { result, requestedMs } = await provider.ask({ what: 'The client credentials', signal }, (configuration) =>
        clientCredentialsGrant(configuration, { ...parameters, ...(scope !== undefined && { scope }) }),
      );
      const { accessToken, expiresAtMs } = tokensOf(result, requestedMs);
      return { value: accessToken, expiresAtMs };
    },
  };
}
