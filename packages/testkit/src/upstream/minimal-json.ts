import { numberOf, objectOf, objectsOf, stringOf } from './json.ts';
import type { JsonObject } from './json.ts';

/** Deep enough for any real schema, shallow enough to end a recursive one. */
const deepest = 12;

const resolve = (schema: JsonObject, root: JsonObject): JsonObject => {
  const reference = stringOf(schema['$ref']);
  if (reference === undefined) return schema;
  let found: unknown = root;
  for (const step of reference.split('/').slice(1)) found = objectOf(found)[step];
  return objectOf(found);
};

const typeOf = (schema: JsonObject): string | undefined => {
  const { type } = schema;
  if (Array.isArray(type)) return stringOf(type.find((name) => name !== 'null')) ?? 'null';
  return stringOf(type) ?? (schema['properties'] === undefined ? undefined : 'object');
};

function minimalObject(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const properties = objectOf(schema['properties']);
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  return Object.fromEntries(required.map((name) => [name, minimal(objectOf(properties[name]), root, depth + 1)]));
}

function minimalNumber(schema: JsonObject): number {
  const least = numberOf(schema['minimum']) ?? (numberOf(schema['exclusiveMinimum']) ?? -1) + 1;
  const most = numberOf(schema['maximum']) ?? Number.POSITIVE_INFINITY;
  return Math.min(least, most);
}

const sampleStrings: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  email: 'someone@example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function minimal(schema: JsonObject, root: JsonObject, depth: number): unknown {
  const target = resolve(schema, root);
  if (depth > deepest) return null;
  if ('const' in target) return target['const'];
  if ('default' in target) return target['default'];
  if (Array.isArray(target['enum'])) return target['enum'][0];
  const choice = objectsOf(target['anyOf'] ?? target['oneOf'])[0];
  if (choice !== undefined) return minimal(choice, root, depth + 1);
  const all = objectsOf(target['allOf']);
  if (all.length > 0) return Object.assign({}, ...all.map((part) => minimal(part, root, depth + 1)));
  switch (typeOf(target)) {
    case 'object':
      return minimalObject(target, root, depth);
    case 'array': {
      const element = minimal(objectOf(target['items']), root, depth + 1);
      return Array.from({ length: numberOf(target['minItems']) ?? 0 }, () => element);
    }
    case 'number':
    case 'integer':
      return minimalNumber(target);
    case 'boolean':
      return true;
    case 'string':
      return sampleStrings[String(target['format'])] ?? 'a'.repeat(Math.max(1, numberOf(target['minLength']) ?? 1));
    default:
      return null;
  }
}

/** The smallest value that is valid under a JSON Schema of the kind the API accepts. */
export const minimalJson = (schema: JsonObject): unknown => minimal(schema, schema, 0);
