import type { JsonObject } from '@holdfast/core';

/** Parameters that refer to what is kept in a project, at the top of a request. */
const references = ['previous_response_id', 'conversation'];

/** The same further in, wherever in the request it stands. */
const nested =
  /"(file_id|file_ids|vector_store_ids|container|container_id|batch_id|input_file_id)":\s*(?:"[^"]|\[\s*"|\{)/;

/** Paths that name an object: `/responses/resp_1`, `/files/file-1/content`, … */
const object =
  /^\/(?:responses|files|batches|vector_stores|conversations|containers|threads|uploads|fine_tuning\/jobs)\/[^/]+/;

/**
 * What ties a request to the project that it was made for, as the rest of a sentence; `undefined` if nothing does.
 * Files, earlier responses and conversations are not found by the key of another project.
 */
export function stickyReasonOf(json: JsonObject, path: string): string | undefined {
  if (object.test(path)) return `${path.replace(/^(\/[^/]+).*/, '$1')} are kept in the project`;
  for (const name of references)
    if (json[name] !== undefined && json[name] !== null) return `${name} is kept in the project`;
  const { prompt } = json;
  if (typeof prompt === 'object' && prompt !== null && 'id' in prompt) return 'prompt.id is kept in the project';
  if (typeof json['model'] === 'string' && json['model'].startsWith('ft:'))
    return 'the fine-tuned model belongs to the project';
  const found = nested.exec(JSON.stringify({ ...json, model: undefined }))?.[1];
  return found === undefined ? undefined : `${found} is kept in the project`;
}
