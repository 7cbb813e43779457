import type { JsonObject } from './body.ts';
import type { Call } from './call.ts';

/** Names that hold the id of something that is kept in a project, or a list of such ids. */
const references = new Set([
  'previous_response_id',
  'conversation',
  'file_id',
  'file_ids',
  'input_file_id',
  'training_file',
  'validation_file',
  'vector_store_id',
  'vector_store_ids',
  'container',
  'container_id',
  'batch_id',
  'skill_id',
]);

/** What a caller says in words of its own: a tool may well have a parameter called `file_id`. */
const opaque = new Set([
  'parameters',
  'schema',
  'json_schema',
  'metadata',
  'arguments',
  'response_format',
  'variables',
]);

/** Items that only the project can read that they came from: by their id, or by the key that they are sealed with. */
const sealed = new Set<unknown>(['item_reference', 'reasoning', 'compaction']);

/** Paths that name an object: `/responses/resp_1`, `/files/file-1/content`, … Two of them only count or compress. */
const objectPath =
  /^(\/(?:responses|files|batches|vector_stores|conversations|containers|threads|uploads|skills|videos|evals|chat\/completions|fine_tuning\/jobs))\/(?!(?:input_tokens|compact)\/?$)[^/]+/;

/**
 * What ties a request to the project that it was made for, as the rest of a sentence that names the parameter;
 * `undefined` if nothing does. Files, earlier responses and conversations are not found by the key of another project.
 * Another model of the same project is asked all the same.
 */
export function keptInProject(json: JsonObject, path: string): string | undefined {
  const [, kept] = objectPath.exec(path) ?? [];
  if (kept !== undefined) return `${kept} are kept in the project`;
  const { model, prompt } = json;
  if (typeof model === 'string' && model.startsWith('ft:')) return 'the fine-tuned model belongs to the project';
  if (isObject(prompt) && isId(prompt['id'])) return 'prompt.id is kept in the project';
  const found = referenceIn(json);
  return found === undefined ? undefined : `${found} is kept in the project`;
}

/** The name of the first reference, however deep. */
function referenceIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return first(value, referenceIn);
  if (!isObject(value)) return undefined;
  if (sealed.has(value['type']) && (isId(value['id']) || isId(value['encrypted_content'])))
    return `an item of type ${String(value['type'])}`;
  return first(Object.entries(value), ([name, inner]) => {
    if (opaque.has(name)) return undefined;
    if (references.has(name) && isReference(name, inner)) return name;
    // A spoken answer is referred to by its id; what it is to sound like is no reference.
    if (name === 'audio' && value['role'] === 'assistant' && isObject(inner) && isId(inner['id'])) return 'audio.id';
    return referenceIn(inner);
  });
}

function first<T>(values: readonly T[], find: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isReference(name: string, value: unknown): boolean {
  // `container: { type: 'auto' }` asks for a new one; `conversation: { id }` goes on with one.
  if (isObject(value)) return name === 'conversation' && isId(value['id']);
  return Array.isArray(value) ? value.some(isId) : isId(value);
}

const isId = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What every reference has in its name or type, in plain letters or in escaped ones. Most requests have none. */
const mayRefer =
  /"(?:previous_response_id|conversation|prompt|audio|item_reference|reasoning|compaction|container|container_id|training_file|validation_file|(?:input_)?file_ids?|vector_store_ids?|batch_id|skill_id)"|"ft:|\\u00/;

/** What ties a call to its project, as {@link keptInProject} says it. Parses a body only where it may hold something. */
export function boundToProject({ body, route }: Call): string | undefined {
  const { raw } = body;
  const json = typeof raw === 'string' && mayRefer.test(raw) ? body.json() : undefined;
  return keptInProject(json ?? {}, route.path);
}
