import type { Secret } from '@holdfast/core';
import { canonicalJson } from './canonical.ts';
import { hashOf, type ChainEnd } from './chain.ts';
import { endOfLine } from './line-end.ts';

/** What a line has to do with its neighbours. */
export interface ReadLine extends ChainEnd {
  readonly prev: string;
  /** Whether the hash is that of the line, and its bytes are those that were written. */
  readonly isWhole: boolean;
  readonly dropped: number;
  readonly torn: { readonly bytes: unknown; readonly sha256: unknown } | undefined;
}

/** Reads a line; `undefined` for what is none of an audit log, such as one that was never finished. */
export function readLine(bytes: Buffer, key: Secret | undefined): ReadLine | undefined {
  const text = bytes.toString('utf8');
  const end = endOfLine(text);
  if (end === undefined) return undefined;
  const { hash: _hash, ...others } = JSON.parse(text) as Record<string, unknown>;
  const canonical = canonicalOf(others);
  // The bytes and not only what they say: otherwise a member could be there twice, and the first be read elsewhere.
  const isAsWritten =
    canonical !== undefined && bytes.equals(Buffer.from(`${canonical.slice(0, -1)},"hash":"${end.hash}"}`));
  const { prev, type, reason, count, bytes: tornBytes, sha256 } = others;
  const isGap = type === 'gap';
  return {
    ...end,
    prev: String(prev),
    isWhole: isAsWritten && hashOf(canonical, key) === end.hash,
    dropped: isGap && reason === 'dropped' ? Number(count) : 0,
    torn: isGap && reason === 'torn' ? { bytes: tornBytes, sha256 } : undefined,
  };
}

function canonicalOf(value: object): string | undefined {
  try {
    return canonicalJson(value);
  } catch {
    return undefined;
  }
}
