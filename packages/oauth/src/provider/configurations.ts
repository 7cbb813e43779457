import {
  allowInsecureRequests,
  customFetch,
  discovery,
  getJwksCache,
  setJwksCache,
  type Configuration,
  type ExportedJWKSCache,
} from 'openid-client';
import { DiscoveryCache } from './discovery-cache.ts';
import type { Operation, OperationFetch } from './operation.ts';
import type { ResolvedProviderOptions } from './provider-options.ts';

/**
 * Makes a configuration of openid-client for each operation, so that each has a fetch, a signal and errors of its own.
 * What they share is the discovery document and the keys of the provider.
 */
export class Configurations {
  readonly #options: ResolvedProviderOptions;
  readonly #discovery: DiscoveryCache;
  #jwks: ExportedJWKSCache | undefined;

  constructor(options: ResolvedProviderOptions) {
    const { issuer, bounds, discoveryMaxAgeMs: maxAgeMs } = options;
    this.#options = options;
    this.#discovery = new DiscoveryCache({ issuer, bounds, maxAgeMs, discover: (fetch) => this.#discover(fetch) });
  }

  /** @throws OAuthError when the provider cannot be discovered; the reason of the operation's signal. */
  async make(operation: Operation): Promise<Configuration> {
    const document = await this.#discovery.get(operation.signal);
    const headers = { 'content-type': 'application/json' };
    // Through the discovery of openid-client again, which checks the issuer and knows the exceptions to that.
    const configuration = await this.#discover(() => Promise.resolve(new Response(document, { headers })));
    configuration[customFetch] = operation.fetch as never;
    // Our own timeout stands on the clock of the provider.
    configuration.timeout = 0;
    if (this.#jwks !== undefined) setJwksCache(configuration, this.#jwks);
    return configuration;
  }

  /** Uses a configuration, and keeps the keys of the provider that were fetched for it. */
  async learning<T>(configuration: Configuration, use: (made: Configuration) => T | Promise<T>): Promise<T> {
    try {
      return await use(configuration);
    } finally {
      this.#jwks = getJwksCache(configuration) ?? this.#jwks;
    }
  }

  async #discover(fetch: OperationFetch): Promise<Configuration> {
    const { issuer, clientId, authentication } = this.#options;
    return discovery(
      issuer,
      clientId,
      { use_mtls_endpoint_aliases: authentication.isMutualTls },
      await authentication.ready(),
      {
        [customFetch]: fetch as never,
        // Each request is checked again: plain HTTP goes to this machine and nowhere else.
        execute: issuer.protocol === 'http:' ? [allowInsecureRequests] : [],
      },
    );
  }
}
