import { safeName } from '@holdfast/core';

/**
 * Names a credential after the place where it is kept, e.g. `aws:prod/openai#api_key`. A part that looks like a key, put
 * there by mistake, is told by its length.
 */
export function sourceId(kind: string, place: string, field?: string): string {
  const parts = place.split('/').map((part) => safeName(part));
  return `${kind}:${parts.join('/')}${field === undefined ? '' : `#${safeName(field)}`}`;
}
