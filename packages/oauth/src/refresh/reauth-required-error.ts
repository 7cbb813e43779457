import type { TokenKey } from '../store/token-store.ts';

/**
 * Why a user has to sign in again.
 *
 * - `not_signed_in`: no tokens are kept, or they were deleted.
 * - `no_refresh_token`: the access token ended, and there is nothing to get another with.
 * - `revoked`: the provider takes the refresh token no more.
 * - `interrupted`: a refresh was begun whose end nobody knows, so its refresh token may be spent and is not sent again.
 * - `required_before`: one of the last two was found before, here or in another process.
 */
export type ReauthReason = 'not_signed_in' | 'no_refresh_token' | 'revoked' | 'interrupted' | 'required_before';

const sentences: Readonly<Record<ReauthReason, string>> = {
  not_signed_in: 'no tokens are kept',
  no_refresh_token: 'the access token is of no more use, and there is no refresh token',
  revoked: 'the provider takes the refresh token no more',
  interrupted: 'a refresh was interrupted, so its refresh token may be spent and is not sent again',
  required_before: 'so it was found before',
};

/** The user has to sign in again: nothing that is kept leads to a token. Names issuer and tenant, never the user. */
export class ReauthRequiredError extends Error {
  readonly code = 'reauth_required';
  readonly reason: ReauthReason;
  readonly issuer: string;
  readonly tenant: string;

  constructor({ issuer, tenant }: Pick<TokenKey, 'issuer' | 'tenant'>, reason: ReauthReason) {
    const where = tenant === '' ? issuer : `${issuer}, tenant ${JSON.stringify(tenant)}`;
    super(`The user has to sign in again at ${where}: ${sentences[reason]}.`);
    this.name = 'ReauthRequiredError';
    this.reason = reason;
    this.issuer = issuer;
    this.tenant = tenant;
  }
}
