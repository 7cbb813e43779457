import type { TokenKey } from '../store/token-store.ts';

/** No token could be had now. The refresh token is kept, and a later call tries again. */
export class RefreshFailedError extends Error {
  readonly code = 'refresh_failed';
  readonly issuer: string;
  readonly tenant: string;
  /** When it is tried again, in milliseconds from now. */
  readonly retryAfterMs: number;

  /** @param reason - what went wrong, in words that hold no secret. */
  constructor(
    { issuer, tenant }: Pick<TokenKey, 'issuer' | 'tenant'>,
    { reason, retryAfterMs }: { readonly reason: string; readonly retryAfterMs: number },
  ) {
    const where = tenant === '' ? issuer : `${issuer}, tenant ${JSON.stringify(tenant)}`;
    super(`No new token from ${where}: ${reason}. It is tried again in ${Math.ceil(retryAfterMs)} ms.`);
    this.name = 'RefreshFailedError';
    this.issuer = issuer;
    this.tenant = tenant;
    this.retryAfterMs = retryAfterMs;
  }
}
