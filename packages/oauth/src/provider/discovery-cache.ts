import { untilAborted } from '@holdfast/core';
import type { Configuration } from 'openid-client';
import type { FetchBounds } from './bounded-fetch.ts';
import { Operation, type OperationFetch } from './operation.ts';

/** What the cache needs to know. */
export interface DiscoveryOptions {
  readonly issuer: URL;
  readonly bounds: FetchBounds;
  /** How long an answer holds. */
  readonly maxAgeMs: number;
  /** Runs the discovery of openid-client, which checks what it is answered. */
  readonly discover: (fetch: OperationFetch) => Promise<Configuration>;
}

/** The discovery document of one issuer: fetched once for all who ask, and again when it is old. */
export class DiscoveryCache {
  readonly #options: DiscoveryOptions;
  #document: string | undefined;
  #freshUntil = 0;
  #flight: Promise<string> | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /**
   * The document as it came.
   *
   * @throws OAuthError; the reason of `signal` when that aborted, which ends this wait only.
   */
  get(signal: AbortSignal | undefined): Promise<string> {
    const { clock } = this.#options.bounds;
    if (this.#document !== undefined && clock.monotonic() < this.#freshUntil) return Promise.resolve(this.#document);
    if (this.#flight === undefined) {
      this.#flight = this.#fetch().finally(() => (this.#flight = undefined));
      // Those who wait hear of a failure; there may be nobody left who does.
      this.#flight.catch(() => undefined);
    }
    return untilAborted(this.#flight, signal);
  }

  async #fetch(): Promise<string> {
    const { issuer, bounds, discover, maxAgeMs } = this.#options;
    const operation = new Operation(`The discovery of ${issuer.host}`, bounds, undefined);
    let document = '';
    try {
      await discover(async (url, init) => {
        const response = await operation.fetch(url, init);
        document = await response.clone().text();
        return response;
      });
    } catch (error) {
      throw operation.failure(error);
    }
    this.#document = document;
    this.#freshUntil = bounds.clock.monotonic() + maxAgeMs;
    return document;
  }
}
