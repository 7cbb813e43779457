import { createHash, timingSafeEqual, type Hash } from 'node:crypto';
import { parseDictionary } from './structured-parser.ts';
import { writeBytes } from './structured-fields.ts';

/** The digests that `Content-Digest` is made of and checked by. */
export type DigestAlgorithm = 'sha-256' | 'sha-512';

const hashes: Readonly<Record<string, string>> = { 'sha-256': 'sha256', 'sha-512': 'sha512' };

/** Begins a digest. */
export const digestHash = (algorithm: DigestAlgorithm): Hash => createHash(hashes[algorithm] as string);

/**
 * A digest as the value of `Content-Digest`.
 * @see RFC 9530, section 2
 */
export const writeDigest = (algorithm: DigestAlgorithm, digest: Uint8Array): string =>
  `${algorithm}=${writeBytes(digest)}`;

/** How a body compares to the digests that were said of it. */
export type DigestVerdict = 'match' | 'mismatch' | 'malformed' | 'unknown';

/** Checks `bytes` against every digest of a `Content-Digest`, in constant time. One that is not known spoils it. */
export function checkDigest(field: string, bytes: Uint8Array): DigestVerdict {
  const said = parseDictionary(field);
  if (said === undefined) return 'malformed';
  let verdict: DigestVerdict = 'match';
  for (const [algorithm, expected] of said) {
    if (!(expected instanceof Uint8Array)) return 'malformed';
    if (!Object.hasOwn(hashes, algorithm)) return 'unknown';
    const actual = digestHash(algorithm as DigestAlgorithm)
      .update(bytes)
      .digest();
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) verdict = 'mismatch';
  }
  return verdict;
}
