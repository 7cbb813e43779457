/**
 * What is wrong with a row, where somebody or something changed it.
 *
 * - `malformed_row`: not the format that was written, such as a truncated row.
 * - `foreign_row`: written for another user, tenant, client, issuer or table, and moved or swapped here.
 * - `forged_row`: its bytes were changed, or it was labelled anew.
 * - `rolled_back_row`: written once, and replaced since.
 * - `missing_row`: taken away by other means than `delete`.
 * - `forged_mark`: what says how new the row must be was changed or taken away.
 * - `unknown_key`: encrypted under a key that was not given.
 * - `key_rejected`: the key of that id does not open it: another key under the same id, or changed bytes.
 */
export type TamperCode =
  | 'malformed_row'
  | 'foreign_row'
  | 'forged_row'
  | 'rolled_back_row'
  | 'missing_row'
  | 'forged_mark'
  | 'unknown_key'
  | 'key_rejected';

const tamperCodes: ReadonlySet<TokenStoreErrorCode> = new Set<TamperCode>([
  'malformed_row',
  'foreign_row',
  'forged_row',
  'rolled_back_row',
  'missing_row',
  'forged_mark',
  'unknown_key',
  'key_rejected',
]);

/** Whether a code says that a row was changed. */
export const isTamperCode = (code: TokenStoreErrorCode): code is TamperCode => tamperCodes.has(code);

/**
 * Why a store refused. Beside the {@link TamperCode | codes of changed rows}:
 *
 * - `key_unavailable`: a key management service failed or did not answer. Nothing is known of the row.
 * - `storage_failed`: the file or database could not be read or written.
 * - `unknown_schema`: the file belongs to a newer version, or to something else.
 * - `invalid_record`: what should be written can be no record, or its generation does not follow.
 * - `closed`: the store was closed before.
 */
export type TokenStoreErrorCode =
  | TamperCode
  | 'key_unavailable'
  | 'storage_failed'
  | 'unknown_schema'
  | 'invalid_record'
  | 'closed';

/**
 * A token store refused. The message names issuer, tenant and what is wrong, and quotes no row, key or error of
 * anybody else, since those may hold a secret; for the same reason there is no `cause`.
 */
export class TokenStoreError extends Error {
  readonly code: TokenStoreErrorCode;

  constructor(code: TokenStoreErrorCode, message: string) {
    super(message);
    this.name = 'TokenStoreError';
    this.code = code;
  }
}
