import { checkOptions, type Clock, type Fetch } from '@holdfast/core';
import { allowInsecureRequests, Configuration, customFetch, genericGrantRequest } from 'openid-client';
import { protectedUrl } from '../provider/loopback.ts';
import { Operation, type OperationFetch } from '../provider/operation.ts';
import { defaults, oauthRules } from '../options.ts';
import { boundsRules, requireOptions, resolveBounds } from '../provider/provider-options.ts';
import { subjectTokenReader, type SubjectToken } from './subject-token.ts';
import { exchangeGrant } from './token-exchange.ts';
import type { TokenSource } from './token-source.ts';
import { tokensOf } from '../tokens.ts';

/** How a workload with an identity of its own gets tokens of the OpenAI API. */
export interface WorkloadIdentityOptions {
  /** Id of the identity provider that the API trusts for this workload. */
  readonly identityProviderId: string;
  /** Id of the service account that the workload acts as. */
  readonly serviceAccountId: string;
  /** @defaultValue none is sent */
  readonly clientId?: string;
  /** Where the token comes from that is exchanged. */
  readonly subjectToken: SubjectToken;
  /**
   * What kind of token it is.
   * @defaultValue what `subjectToken` says, else `urn:ietf:params:oauth:token-type:jwt`
   */
  readonly subjectTokenType?: string;
  /**
   * Where tokens are exchanged.
   * @defaultValue 'https://auth.openai.com/oauth/token'
   */
  readonly tokenUrl?: string;
  /**
   * Names the credential in journeys, spans and errors. Not a secret.
   * @defaultValue `workload:` and the service account
   */
  readonly id?: string;
  /** @defaultValue the global `fetch` */
  readonly fetch?: Fetch;
  /**
   * Longest time for one request and its whole answer, in milliseconds.
   * @defaultValue 10000
   */
  readonly timeoutMs?: number;
  /**
   * Longest answer that is read, in bytes.
   * @defaultValue 1048576
   */
  readonly maxResponseBytes?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
}

/**
 * Exchanges tokens as the openai client's `workloadIdentity` does, by JSON, as a source for `auth({ credentials })`:
 * bounded by time and size, and ended by its signal.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function workloadIdentity(options: WorkloadIdentityOptions): TokenSource {
  checkWorkloadOptions(options);
  const { identityProviderId, serviceAccountId, clientId, tokenUrl = defaults.tokenUrl } = options;
  const bounds = resolveBounds(options);
  const subject = subjectTokenReader('workloadIdentity.subjectToken', options.subjectToken);
  const { host, origin } = new URL(tokenUrl);
  return {
    id: options.id ?? `workload:${serviceAccountId}`,
    kind: 'token',
    async read({ signal }) {
      const operation = new Operation(`The token exchange at ${host}`, bounds, signal);
      const form = {
        subject_token: await subject.read(signal),
        subject_token_type: options.subjectTokenType ?? subject.type ?? defaults.subjectTokenType,
        identity_provider_id: identityProviderId,
        service_account_id: serviceAccountId,
        ...(clientId !== undefined && { client_id: clientId }),
      };
      const configuration = configurationFor({ issuer: origin, token_endpoint: tokenUrl }, operation.fetch);
      try {
        const answer = await genericGrantRequest(configuration, exchangeGrant, form);
        const { expires_in = defaults.workloadExpiresIn } = answer;
        const { accessToken, expiresAtMs } = tokensOf({ ...answer, expires_in }, operation.requestedMs);
        return { value: accessToken, expiresAtMs };
      } catch (error) {
        throw operation.failure(error);
      }
    },
  };
}

/** openid-client without discovery, and with its form sent as JSON. */
function configurationFor(
  server: { readonly issuer: string; readonly token_endpoint: string },
  fetch: OperationFetch,
): Configuration {
  // The client proves itself by the subject token, and has no id of its own unless one was given.
  const configuration = new Configuration(server, 'none', {}, () => undefined);
  if (server.token_endpoint.startsWith('http:')) allowInsecureRequests(configuration);
  configuration.timeout = 0;
  const asJson: OperationFetch = (url, init) => fetch(url, { ...init, isJson: true });
  configuration[customFetch] = asJson as never;
  return configuration;
}

function checkWorkloadOptions(options: WorkloadIdentityOptions): void {
  const { text } = oauthRules;
  const required = { identityProviderId: text, serviceAccountId: text };
  checkOptions('workloadIdentity', options, {
    ...{ ...required, ...boundsRules, clientId: text, id: text, subjectToken: undefined, subjectTokenType: text },
    tokenUrl: {
      expected: 'an https address (or http on this machine)',
      holds: (value) => protectedUrl(value) !== undefined,
    },
  });
  requireOptions('workloadIdentity', options, required);
}
