import type { JsonObject } from '@holdfast/core';
import { isImage, itemsOf, partsOf, textOf } from './content.ts';

/**
 * What an image is taken for: about the largest that is not tiled further.
 * @see https://platform.openai.com/docs/guides/images-vision#calculating-costs (765 to 1105 with gpt-4o)
 */
const imageTokens = 1000;

/** Beside the messages, what a model has to read. */
const read = ['instructions', 'tools', 'functions', 'response_format', 'text'];

/**
 * About how many tokens go in: a quarter of the letters, and a constant for each image. An estimate: English takes
 * somewhat less, other scripts more. Files, sound and what the server keeps are not counted, as nobody here knows.
 */
export function inputTokensOf(json: JsonObject): number {
  let letters = 0;
  let tokens = 0;
  for (const part of partsOf(json)) {
    if (isImage(part)) tokens += imageTokens;
    else letters += textOf(part).length;
  }
  for (const item of itemsOf(json))
    for (const calls of [item['tool_calls'], item['arguments']]) letters += lengthOf(calls);
  for (const name of read) letters += lengthOf(json[name]);
  const prompt = promptOf(json['prompt']);
  return Math.ceil((letters + prompt.letters) / 4) + tokens + prompt.tokens;
}

const lengthOf = (value: unknown): number => {
  if (value === undefined || value === null) return 0;
  return typeof value === 'string' ? value.length : JSON.stringify(value).length;
};

/** A prompt may be a text, tokens, or a list of either, of which each is answered apart: the longest counts. */
function promptOf(prompt: unknown): { readonly letters: number; readonly tokens: number } {
  if (typeof prompt === 'string') return { letters: prompt.length, tokens: 0 };
  if (!Array.isArray(prompt)) return { letters: 0, tokens: 0 };
  if (typeof prompt[0] === 'number') return { letters: 0, tokens: prompt.length };
  const each = prompt.map(promptOf);
  return {
    letters: each.reduce((most, { letters }) => Math.max(most, letters), 0),
    tokens: each.reduce((most, { tokens }) => Math.max(most, tokens), 0),
  };
}
