/** A row taken apart. Nothing of it is believed before it was opened. */
export interface RowParts {
  readonly rowId: string;
  readonly revision: number;
  /** That of the record; 0 where the record was deleted. */
  readonly generation: number;
  readonly keyId: string;
  readonly wrappedKey: Uint8Array;
  /** Nonce, tag and ciphertext. */
  readonly sealed: Uint8Array;
}

const version = 1;
const rowIdBytes = 32;

/**
 * Version, row id, revision, generation, then key id, wrapped key and ciphertext, each after its length. A whole row
 * has one way to be written, so a changed length is seen.
 */
export function writeRow({ rowId, revision, generation, keyId, wrappedKey, sealed }: RowParts): Uint8Array {
  const head = Buffer.alloc(1 + rowIdBytes + 16);
  head.writeUInt8(version, 0);
  Buffer.from(rowId, 'base64url').copy(head, 1);
  head.writeBigUInt64BE(BigInt(revision), 1 + rowIdBytes);
  head.writeBigUInt64BE(BigInt(generation), 1 + rowIdBytes + 8);
  return Buffer.concat([head, ...[Buffer.from(keyId), wrappedKey, sealed].flatMap((part) => [sizeOf(part), part])]);
}

/** `undefined` for anything else than a whole row. */
export function readRow(bytes: Uint8Array): RowParts | undefined {
  const row = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headBytes = 1 + rowIdBytes + 16;
  if (row.length < headBytes || row.readUInt8(0) !== version) return undefined;
  const revision = Number(row.readBigUInt64BE(1 + rowIdBytes));
  const generation = Number(row.readBigUInt64BE(1 + rowIdBytes + 8));
  if (!Number.isSafeInteger(revision) || !Number.isSafeInteger(generation)) return undefined;
  const [keyId, wrappedKey, sealed, ...more] = partsFrom(row, headBytes);
  if (keyId === undefined || wrappedKey === undefined || sealed === undefined || more.length > 0) return undefined;
  const rowId = row.subarray(1, 1 + rowIdBytes).toString('base64url');
  return { rowId, revision, generation, keyId: keyId.toString('latin1'), wrappedKey, sealed };
}

/** The parts up to the end; none at all when the last one is cut. */
function partsFrom(row: Buffer, start: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let offset = start; offset < row.length;) {
    if (offset + 4 > row.length) return [];
    const end = offset + 4 + row.readUInt32BE(offset);
    if (end > row.length) return [];
    parts.push(row.subarray(offset + 4, end));
    offset = end;
  }
  return parts;
}

function sizeOf(part: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(part.length);
  return size;
}
