import { CredentialError } from '../credential-error.ts';

/**
 * An error of a source in words of ours. What a file, a command or a server said is never among them, as it may quote
 * a secret.
 */
export const failure = (id: string, words: string): CredentialError => new CredentialError(`${id}: ${words}`);

/** Codes that may be told: a library can put anything into `code`. */
const knownCodes: ReadonlySet<unknown> = new Set([
  ...['EACCES', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'EIO', 'EISDIR', 'ELOOP', 'EMFILE'],
  ...['ENAMETOOLONG', 'ENETUNREACH', 'ENOENT', 'ENOEXEC', 'ENOTDIR', 'ENOTFOUND', 'EPERM', 'EPIPE', 'ETIMEDOUT'],
  ...['ENXIO', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'CERT_HAS_EXPIRED'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER'],
]);

/** What the parts of an error that are no free text say. */
interface Traits {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly cause?: Traits;
}

/** Class, code and status of what a library threw, e.g. ` (AccessDeniedException, 400)`; nothing where none is known. */
export function traitsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { name, code, cause, statusCode, $metadata } = error as Traits;
  const status = statusCode ?? $metadata?.httpStatusCode;
  const told = [
    typeof name === 'string' && /^[A-Z][A-Za-z]{2,50}(?:Error|Exception|Failure)$/.test(name) ? name : undefined,
    [code, cause?.code].find((given) => knownCodes.has(given)),
    Number.isSafeInteger(status) ? status : undefined,
  ].filter((part) => part !== undefined && part !== 'TypeError');
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}
