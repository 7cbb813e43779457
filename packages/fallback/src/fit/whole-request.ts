import type { JsonObject } from '@holdfast/core';
import type { ModelCapabilities } from '../models/capabilities.ts';

/** Why no change of parameters makes a request one for this model; `undefined` if some may. */
export function whyUnfit(json: JsonObject, can: ModelCapabilities): string | undefined {
  const types = partTypes(json);
  if (can.vision === false && (types.has('image_url') || types.has('input_image'))) return 'it takes no images';
  if (can.audio === false && types.has('input_audio')) return 'it takes no sound';
  const tools = json['tools'];
  if (can.tools === false && Array.isArray(tools) && tools.length > 0 && json['tool_choice'] !== 'none')
    return 'it calls no tools';
  const format = (json['response_format'] ?? (json['text'] as JsonObject | undefined)?.['format']) as
    | JsonObject
    | undefined;
  const isSchema = format?.['type'] === 'json_schema';
  if (can.jsonSchema === false && isSchema && (isStrict(format) || can.jsonMode === false))
    return 'it keeps to no schema';
  if (can.jsonMode === false && format?.['type'] === 'json_object') return 'it does not answer in JSON';
  return undefined;
}

/** Strict schemas are promises that somebody's code relies on. */
const isStrict = (format: JsonObject | undefined): boolean =>
  format?.['strict'] === true || (format?.['json_schema'] as JsonObject | undefined)?.['strict'] === true;

/** About how many tokens go in: a quarter of the letters, and 1000 for each image, which is what a large one takes. */
export function inputTokensOf(json: JsonObject): number {
  let letters = 0;
  let images = 0;
  for (const part of parts(json)) {
    if (typeof part === 'string') letters += part.length;
    else if (isImage(part)) images++;
    else if (typeof part['text'] === 'string') letters += part['text'].length;
  }
  for (const rest of [json['tools'], json['instructions']])
    if (rest !== undefined) letters += JSON.stringify(rest).length;
  return Math.ceil(letters / 4) + images * 1000;
}

const isImage = (part: JsonObject): boolean => part['type'] === 'image_url' || part['type'] === 'input_image';

const partTypes = (json: JsonObject): ReadonlySet<unknown> =>
  new Set([...parts(json)].map((part) => (typeof part === 'string' ? 'text' : part['type'])));

/** The parts of all messages, of chat completions and responses. */
function* parts(json: JsonObject): Generator<string | JsonObject> {
  const messages = json['messages'] ?? json['input'];
  if (typeof messages === 'string') yield messages;
  if (!Array.isArray(messages)) return;
  for (const message of messages as (JsonObject | null)[]) {
    const content = message?.['content'];
    if (typeof content === 'string') yield content;
    else if (Array.isArray(content)) for (const part of content as JsonObject[]) if (part !== null) yield part;
  }
}
