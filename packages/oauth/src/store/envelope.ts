import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { decrypt, encrypt, keyBytes } from './aes-gcm.ts';
import type { KeyRing } from './key-ring.ts';
import { boundTo, describeRow, type RowBinding, type RowLabel } from './row-binding.ts';
import { readRow, writeRow, type RowParts } from './row-format.ts';
import type { StoredRow } from './token-driver.ts';
import { TokenStoreError, type TamperCode } from './token-store-error.ts';

/** What a row holds, opened. */
export interface OpenedRow {
  readonly revision: number;
  /** 0 where the record was deleted. */
  readonly generation: number;
  readonly plain: Uint8Array;
  /** Whether it is encrypted under the key that rows are written with now. */
  readonly isCurrentKey: boolean;
}

/** Encrypts `plain` under a key of its own, and that key under the current one of the ring. */
export async function sealRow(
  ring: KeyRing,
  binding: RowBinding,
  { revision, generation, plain }: Pick<OpenedRow, 'revision' | 'generation' | 'plain'>,
): Promise<StoredRow> {
  const label = { revision, generation, keyId: ring.current.id };
  const dataKey = randomBytes(keyBytes);
  try {
    const wrappedKey = await ring.wrap(dataKey, boundTo('data key', binding, label));
    const sealed = encrypt(dataKey, plain, boundTo('record', binding, label));
    return {
      revision,
      bytes: writeRow({ ...label, rowId: binding.id, wrappedKey, sealed }),
      mark: markOf(dataKey, binding, label),
    };
  } finally {
    dataKey.fill(0);
  }
}

/**
 * Opens a row, if it is in every part what was written for `binding` last.
 *
 * @throws TokenStoreError whose code says what is wrong with it.
 */
export async function openRow(ring: KeyRing, binding: RowBinding, row: StoredRow): Promise<OpenedRow> {
  const refuse = (code: TamperCode, what: string): TokenStoreError =>
    new TokenStoreError(code, `${describeRow(binding)} are refused: ${what}.`);
  const parts = readRow(row.bytes);
  if (parts === undefined) throw refuse('malformed_row', 'the row is no whole row of a known version');
  if (parts.rowId !== binding.id) throw refuse('foreign_row', 'the row was written for somebody or somewhere else');
  if (!ring.has(parts.keyId)) throw refuse('unknown_key', 'the row is encrypted under a key that was not given');
  const found = await ring.unwrap(parts.keyId, parts.wrappedKey, boundTo('data key', binding, parts));
  if (found === undefined) throw refuse('key_rejected', `the key ${parts.keyId} does not open the row`);
  // A copy, as it is overwritten afterwards, and the other may be kept by whoever gave it.
  const dataKey = Uint8Array.from(found);
  try {
    const plain = decrypt(dataKey, parts.sealed, boundTo('record', binding, parts));
    if (plain === undefined || parts.revision !== row.revision)
      throw refuse('forged_row', 'its bytes or its revision were changed');
    verifyMark(row.mark, markOf(dataKey, binding, parts), { parts, refuse });
    const { revision, generation } = parts;
    return { revision, generation, plain, isCurrentKey: ring.isCurrent(parts.keyId) };
  } finally {
    dataKey.fill(0);
  }
}

/** The revision that a mark tells, believed or not; 0 for none. */
export function revisionOfMark(mark: Uint8Array): number {
  if (mark.length < 8) return 0;
  const revision = Number(new DataView(mark.buffer, mark.byteOffset, 8).getBigUint64(0));
  return Number.isSafeInteger(revision) ? revision : 0;
}

interface MarkCheck {
  readonly parts: RowParts;
  readonly refuse: (code: TamperCode, what: string) => TokenStoreError;
}

function verifyMark(mark: Uint8Array, own: Uint8Array, { parts, refuse }: MarkCheck): void {
  if (mark.length === own.length && timingSafeEqual(mark, own)) return;
  if (revisionOfMark(mark) > parts.revision) throw refuse('rolled_back_row', 'a newer one was written since');
  throw refuse('forged_mark', 'the mark that says how new the row must be was changed');
}

/** Revision and its authentication code, under a key that only the newest row gives. */
function markOf(dataKey: Uint8Array, binding: RowBinding, label: RowLabel): Uint8Array {
  const markKey = new Uint8Array(hkdfSync('sha256', dataKey, '', 'holdfast mark', keyBytes));
  const revision = Buffer.alloc(8);
  revision.writeBigUInt64BE(BigInt(label.revision));
  const code = createHmac('sha256', markKey)
    .update(boundTo('mark', binding, label))
    .digest();
  markKey.fill(0);
  return Buffer.concat([revision, code]);
}
