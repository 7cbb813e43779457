import type { Secret } from '@holdfast/core';
import type { Cooldowns } from './cooldowns.ts';
import type { HeldToken, HeldTokens } from './held-tokens.ts';
import { ReauthRequiredError } from './reauth-required-error.ts';
import { RefreshFailedError } from './refresh-failed-error.ts';
import type { ResolvedRefreshOptions } from './resolve-refresh-options.ts';
import type { TokenKey, TokenRecord } from '../store/token-store.ts';

/** What all renewals of a process share. */
export interface RenewalMeans {
  readonly options: ResolvedRefreshOptions;
  readonly held: HeldTokens;
  readonly cooldowns: Cooldowns;
}

/** Whose token is wanted, and why the one that is known does not do. */
export interface WantedToken {
  readonly key: TokenKey;
  /** The key as one text. */
  readonly name: string;
  /** The token that upstream rejected. */
  readonly rejected: Secret | undefined;
  /** The generation that is to be replaced though it is still good. */
  readonly replacing: number | undefined;
}

/** The token of a record, if that is all that is wanted. */
export function accept(held: HeldTokens, wanted: WantedToken, record: TokenRecord | undefined): HeldToken | undefined {
  const { name, rejected, replacing } = wanted;
  if (record === undefined || record.state === 'reauth_required') return undefined;
  if (replacing !== undefined && record.generation <= replacing) return undefined;
  return held.isUsable(record, rejected) ? held.hold(name, record) : undefined;
}

/** The record, if another token can be got with it. @throws ReauthRequiredError if not. */
export function renewable(held: HeldTokens, { key, name }: WantedToken, record: TokenRecord | undefined): TokenRecord {
  if (record?.state !== 'reauth_required' && record?.refreshToken !== undefined) return record;
  held.forget(name);
  if (record === undefined) throw new ReauthRequiredError(key, 'not_signed_in');
  throw new ReauthRequiredError(key, record.state === 'reauth_required' ? 'required_before' : 'no_refresh_token');
}

/** Why there is no new token, and until when. */
export interface Unrenewed {
  readonly record: TokenRecord;
  readonly reason: string;
  readonly restMs: number;
}

/** The token as it is, where calls may still go out with it. @throws RefreshFailedError, ReauthRequiredError if not. */
export function unrenewed(held: HeldTokens, wanted: WantedToken, { record, reason, restMs }: Unrenewed): HeldToken {
  const known = renewable(held, wanted, record);
  if (held.isUsable(known, wanted.rejected)) return held.hold(wanted.name, known);
  throw new RefreshFailedError(wanted.key, { reason, retryAfterMs: restMs });
}
