import { rules, type Clock, type Fetch, type Rule } from '@holdfast/core';
import type { ClientAuthentication } from './provider/client-authentication.ts';
import { protectedUrl } from './provider/loopback.ts';

/** Whom to ask for tokens, and as which client. */
export interface ProviderOptions {
  /**
   * Issuer identifier of the provider, from which its endpoints are discovered. HTTPS, or plain HTTP on this machine.
   */
  readonly issuer: string;
  /** Id under which the provider knows this client. */
  readonly clientId: string;
  /**
   * How the client proves itself.
   * @defaultValue `{ method: 'none' }`
   */
  readonly authentication?: ClientAuthentication;
  /**
   * Makes the requests. With `tls_client_auth` it has to present the certificate.
   * @defaultValue the global `fetch`
   */
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
  /**
   * How long a discovery document holds, in milliseconds.
   * @defaultValue 3600000
   */
  readonly discoveryMaxAgeMs?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
}

/** The only place where a default stands. */
export const defaults = {
  timeoutMs: 10_000,
  maxResponseBytes: 1_048_576,
  discoveryMaxAgeMs: 3_600_000,
  scope: 'openid',
  pendingTtlMs: 600_000,
  maxPending: 10_000,
  /** @see RFC 8628 §3.2 */
  deviceIntervalMs: 5000,
  subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
  tokenUrl: 'https://auth.openai.com/oauth/token',
  /** What the openai client takes where an exchange names no end, in seconds. */
  workloadExpiresIn: 3600,
} as const;

/** A time that is some time. */
export const aboveZeroMs: Rule = {
  expected: 'a duration in milliseconds, above 0',
  holds: (value) => rules.durationMs.holds(value) && value !== 0,
};

/** Rules that several factories share. */
export const oauthRules: Readonly<Record<'aboveZeroMs' | 'text' | 'issuer' | 'clock', Rule>> = {
  aboveZeroMs,
  text: { expected: 'a text that is not empty', holds: (value) => typeof value === 'string' && value !== '' },
  issuer: {
    expected:
      'the issuer identifier: https (or http on this machine), without query, fragment, credentials and /.well-known/',
    holds: (value) => {
      const url = protectedUrl(value);
      return url !== undefined && url.search + url.hash === '' && !url.pathname.includes('/.well-known/');
    },
  },
  clock: {
    expected: 'a clock',
    holds: (value) => typeof (value as Partial<Clock> | null)?.setTimer === 'function',
  },
};
