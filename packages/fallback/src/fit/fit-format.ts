import type { JsonObject } from '@holdfast/core';
import type { ModelCapabilities } from '../models/capabilities.ts';
import { partsOf, textOf } from './content.ts';
import { isObject, type Draft } from './draft.ts';

/** A schema that a model does not keep to is still worth asking for JSON, unless somebody's code relies on it. */
export function fitFormat(draft: Draft, { jsonSchema, jsonMode }: ModelCapabilities): string | undefined {
  const place = draft.operation === 'responses' ? 'text.format' : 'response_format';
  const format = draft.get(place);
  if (!isObject(format)) return undefined;
  if (format['type'] === 'json_object' && jsonMode === false) return 'it does not answer in JSON';
  if (format['type'] !== 'json_schema' || jsonSchema !== false) return undefined;
  if (isStrict(format) || jsonMode !== true) return 'it keeps to no schema';
  // The API refuses to answer in JSON when nobody has asked for it in words.
  if (!partsOf(draft.json).some((part) => /json/i.test(textOf(part))))
    return 'it keeps to no schema, and answers in JSON only when a message says so';
  draft.set(place, { type: 'json_object' });
  draft.changes.push({
    parameter: place,
    action: 'translated',
    from: 'json_schema',
    to: 'json_object',
    reason: 'the model keeps to no schema, only to JSON',
  });
  return undefined;
}

/** Strict schemas are promises. */
const isStrict = (format: JsonObject): boolean =>
  format['strict'] === true || (isObject(format['json_schema']) && format['json_schema']['strict'] === true);
