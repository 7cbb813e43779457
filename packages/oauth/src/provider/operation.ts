import { serverWaitMs } from '@holdfast/core';
import { boundedFetch, type FetchBounds, type FetchInit } from './bounded-fetch.ts';
import { failureOf } from './failure-of.ts';
import { OAuthError } from '../oauth-error.ts';

/** What openid-client calls in place of the global fetch. */
export type OperationFetch = (url: string, init: OperationInit) => Promise<Response>;

/** A request as openid-client makes it. */
export interface OperationInit extends FetchInit {
  /** Whether the form goes as a JSON object instead. */
  readonly isJson?: boolean;
}

/** One thing that is asked of a provider, which may take several requests. Remembers what tells its errors. */
export class Operation {
  readonly #what: string;
  readonly #bounds: FetchBounds;
  readonly #signal: AbortSignal | undefined;
  #failure: unknown;
  #wasSent = false;
  #status: number | undefined;
  #retryAfterMs: number | undefined;
  /** When the request with the grant left, on the wall clock. */
  requestedMs: number;

  /** @param what - the beginning of the sentence that says what failed. */
  constructor(what: string, bounds: FetchBounds, signal: AbortSignal | undefined) {
    this.#what = what;
    this.#bounds = bounds;
    this.#signal = signal;
    this.requestedMs = bounds.clock.now();
  }

  get signal(): AbortSignal | undefined {
    return this.#signal;
  }

  /** Bound by this operation's time, size and signal. Those that openid-client would set itself are left out. */
  readonly fetch: OperationFetch = async (url, { method, headers, body, redirect, isJson = false }) => {
    const isGrant = method === 'POST';
    if (isGrant) {
      this.requestedMs = this.#bounds.clock.now();
      this.#wasSent = true;
    }
    try {
      const plain = { method, headers, body, redirect };
      const given = isJson && body instanceof URLSearchParams ? asJson(plain, body) : plain;
      const response = await boundedFetch(url, given, { signal: this.#signal, bounds: this.#bounds });
      this.#status = response.status;
      this.#retryAfterMs = serverWaitMs(response.headers, this.#bounds.clock.now());
      return response;
    } catch (error) {
      this.#failure = this.#wasSent && !isGrant ? laterFailure(error) : error;
      throw error;
    }
  };

  /** What to throw in place of an error of openid-client. */
  failure(error: unknown): unknown {
    if (this.#signal?.aborted === true) return this.#signal.reason;
    if (error instanceof OAuthError) return error;
    if (this.#failure !== undefined) return this.#failure;
    return failureOf(error, {
      what: this.#what,
      wasSent: this.#wasSent,
      status: this.#status,
      retryAfterMs: this.#retryAfterMs,
    });
  }
}

/** What fails after the grant was sent, such as a request for keys, does not bring the grant back. */
function laterFailure(error: unknown): unknown {
  if (!(error instanceof OAuthError)) return error;
  const { code, message, providerError, status, retryAfterMs } = error;
  return new OAuthError(code, message, { providerError, status, retryAfterMs, mayBeUsed: true });
}

const asJson = (init: FetchInit, form: URLSearchParams): FetchInit => ({
  ...init,
  headers: { ...init.headers, 'content-type': 'application/json' },
  body: JSON.stringify(Object.fromEntries(form)),
});
