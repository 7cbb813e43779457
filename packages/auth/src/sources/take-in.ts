import { safeName, Secret } from '@holdfast/core';
import { CredentialError } from '../credential-error.ts';
import { failure } from './source-failure.ts';

/**
 * Takes in what a source found.
 *
 * @throws CredentialError naming source and length when it can be no bearer.
 */
export function takeIn(id: string, value: unknown): Secret {
  if (value instanceof Secret) return value;
  // Printable ASCII it is, and would be sent whole.
  if (typeof value === 'string' && /^\s*[{["]/.test(value))
    throw failure(id, 'holds JSON; expected the value itself, or a `field` that says where it is');
  try {
    return Secret.from(value as string, id);
  } catch (error) {
    // Says source and length, never the value.
    throw new CredentialError((error as Error).message);
  }
}

/**
 * Takes in a value that may be one field of a JSON object.
 *
 * @throws CredentialError naming the field, and quoting nothing of the text.
 */
export function takeInField(id: string, text: unknown, field: string | undefined): Secret {
  if (field === undefined || text instanceof Secret) return takeIn(id, text);
  return fieldOf(id, parsedObject(id, text), field);
}

/** Takes in one field of an object. */
export function fieldOf(id: string, fields: Readonly<Record<string, unknown>>, field: string): Secret {
  if (!Object.hasOwn(fields, field)) throw failure(id, `has no field "${safeName(field)}"`);
  return takeIn(`${id}: field "${safeName(field)}"`, fields[field]);
}

/** The object that `text` says. Errors of `JSON.parse` quote their input, so they go no further. */
export function parsedObject(id: string, text: unknown): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    parsed = undefined;
  }
  if (isObject(parsed)) return parsed;
  const length = typeof text === 'string' ? `${text.length} characters` : typeof text;
  throw failure(id, `expected a JSON object, got ${length} that are none`);
}

/** Whether `value` is an object with fields. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
