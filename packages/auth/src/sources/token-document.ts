import type { Secret } from '@holdfast/core';
import { failure } from './source-failure.ts';
import { fieldOf, parsedObject } from './take-in.ts';

/** A value that was taken in, and its end where that is known. */
export interface TakenIn {
  readonly value: Secret;
  /** In milliseconds since the Unix epoch. */
  readonly expiresAtMs?: number | undefined;
}

/**
 * Reads `{ "token": "…", "expires_at": … }`, where `expires_at` may be missing. Other fields are not looked at.
 *
 * @throws CredentialError naming what is wrong with which field.
 */
export function tokenDocument(id: string, text: string, version?: number): TakenIn {
  const fields = parsedObject(id, text);
  if (version !== undefined && fields['version'] !== version)
    throw failure(id, `expected "version": ${version} in its output`);
  const value = fieldOf(id, fields, 'token');
  return { value, expiresAtMs: endOf(id, fields['expires_at']) };
}

/** A date with a time and a zone. Without a zone it would mean something else on every machine. */
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/i;

/** Seconds until the year 5138. A larger number is one of milliseconds, and such a token would never end. */
const tooManySeconds = 1e11;

function endOf(id: string, given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  const endMs =
    typeof given === 'number' && given > 0 && given < tooManySeconds
      ? given * 1000
      : typeof given === 'string' && iso.test(given)
        ? Date.parse(given)
        : Number.NaN;
  if (Number.isNaN(endMs))
    throw failure(id, 'expected "expires_at" as seconds since the Unix epoch or as a date like 2026-01-31T12:00:00Z');
  return endMs;
}
