import { checkOptions } from '@holdfast/core';
import { genericGrantRequest } from 'openid-client';
import { defaults, oauthRules } from '../options.ts';
import { openIdProviderOf, type Provider } from '../provider/provider.ts';
import { subjectTokenReader, type SubjectToken } from './subject-token.ts';
import type { TokenSource } from './token-source.ts';
import { tokensOf } from '../tokens.ts';

/** The grant type of an exchange. */
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** How a token of somebody else becomes one of the provider. */
export interface TokenExchangeOptions {
  readonly provider: Provider;
  /** Where the token comes from that is exchanged. */
  readonly subjectToken: SubjectToken;
  /**
   * What kind of token it is.
   * @defaultValue what `subjectToken` says, else `urn:ietf:params:oauth:token-type:jwt`
   */
  readonly subjectTokenType?: string;
  /** @defaultValue what the provider gives unasked */
  readonly scope?: string;
  /**
   * Further parameters of the request, such as `audience`, `resource` or `requested_token_type`.
   * @defaultValue none
   */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Names the credential in journeys, spans and errors. Not a secret.
   * @defaultValue `exchange:` and the client id
   */
  readonly id?: string;
}

/**
 * Exchanges tokens by the form of RFC 8693, as a source for `auth({ credentials })`.
 *
 * @throws OptionError when an option breaks its rule.
 * @see RFC 8693
 */
export function tokenExchange(options: TokenExchangeOptions): TokenSource {
  checkOptions('tokenExchange', options, {
    provider: undefined,
    subjectToken: undefined,
    subjectTokenType: oauthRules.text,
    scope: oauthRules.text,
    parameters: undefined,
    id: oauthRules.text,
  });
  const provider = openIdProviderOf('tokenExchange', options.provider);
  const subject = subjectTokenReader('tokenExchange.subjectToken', options.subjectToken);
  const { scope, parameters, id = `exchange:${provider.clientId}` } = options;
  const subject_token_type = options.subjectTokenType ?? subject.type ?? defaults.subjectTokenType;
  return {
    id,
    kind: 'token',
    async read({ signal }) {
      const subject_token = await subject.read(signal);
      const form = { ...parameters, ...(scope !== undefined && { scope }), subject_token, subject_token_type };
      const { result, requestedMs } = await provider.ask({ what: 'The token exchange', signal }, (configuration) =>
        genericGrantRequest(configuration, exchangeGrant, form),
      );
      const { accessToken, expiresAtMs } = tokensOf(result, requestedMs);
      return { value: accessToken, expiresAtMs };
    },
  };
}
