import { createHash } from 'node:crypto';
import type { TokenKey } from './token-store.ts';

/** Whose row it is, and in which table. */
export interface RowBinding {
  readonly table: string;
  readonly key: TokenKey;
  /** What the row is found by: a hash, as drivers need not know whose it is. */
  readonly id: string;
}

/** What is sealed, so that a sealed thing of one purpose never passes as another. */
export type SealPurpose = 'record' | 'data key' | 'mark';

/** What a row says of itself outside of what is encrypted. */
export interface RowLabel {
  readonly revision: number;
  readonly generation: number;
  readonly keyId: string;
}

/** @throws TypeError when a part of the key is no string. */
export function bindingOf(table: string, key: TokenKey): RowBinding {
  const parts = partsOf(key);
  if (!parts.every((part) => typeof part === 'string'))
    throw new TypeError('A token key: expected issuer, clientId, tenant and subject as strings.');
  const hash = createHash('sha256').update(JSON.stringify(['holdfast row', table, ...parts]));
  return { table, key, id: hash.digest('base64url') };
}

/**
 * What is authenticated along with what is sealed. As JSON of a list no two lists are written alike, wherever the
 * borders of their parts are.
 */
export function boundTo(purpose: SealPurpose, { table, key }: RowBinding, label: RowLabel): Buffer {
  const { keyId, revision, generation } = label;
  return Buffer.from(JSON.stringify(['holdfast', 1, purpose, table, ...partsOf(key), keyId, revision, generation]));
}

/** The beginning of sentences about a row. The user is not named. */
export function describeRow({ key, id }: RowBinding): string {
  const tenant = key.tenant === '' ? '' : `, tenant ${JSON.stringify(key.tenant)}`;
  return `Tokens of ${key.issuer}${tenant} (row ${id.slice(0, 12)})`;
}

const partsOf = ({ issuer, clientId, tenant, subject }: TokenKey): string[] => [issuer, clientId, tenant, subject];

/** A key as one text, to find things in memory by. */
export const nameOf = (key: TokenKey): string => JSON.stringify(partsOf(key));
