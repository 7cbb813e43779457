import type { JsonObject } from '@holdfast/core';
import { isObject } from './draft.ts';

/** Messages of a chat completion, items of a response. A lone text is none. */
export function itemsOf(json: JsonObject): readonly JsonObject[] {
  const items = json['messages'] ?? json['input'];
  return Array.isArray(items) ? items.filter(isObject) : [];
}

/** What the messages are made of: texts, and parts such as images. What tools gave back is among it. */
export function partsOf(json: JsonObject): readonly (string | JsonObject)[] {
  const { input } = json;
  if (typeof input === 'string') return [input];
  const contents = itemsOf(json).flatMap((item) => [item['content'], item['output']]);
  return contents.flat().filter((part) => typeof part === 'string' || isObject(part));
}

const imageTypes = new Set<unknown>(['image_url', 'input_image', 'computer_screenshot']);

export const isImage = (part: string | JsonObject): boolean => typeof part === 'object' && imageTypes.has(part['type']);

export const isSound = (part: string | JsonObject): boolean =>
  typeof part === 'object' && part['type'] === 'input_audio';

/** The words of a part. */
export const textOf = (part: string | JsonObject): string => {
  if (typeof part === 'string') return part;
  const text = part['text'] ?? part['refusal'];
  return typeof text === 'string' ? text : '';
};
