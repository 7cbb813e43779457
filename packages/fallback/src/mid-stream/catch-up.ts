import type { JsonObject } from '@holdfast/core';
import type { Account, ToldItem } from './account.ts';
import { eventText } from './event-text.ts';

type Write = (type: string, members: JsonObject) => void;

/**
 * The events that a caller still lacks of a response which has ended, as the stream would have told them: for each
 * item what is missing of it, the rest of a text as one delta, and the terminal event. Numbered from where the caller
 * is. What streams tell on the way and objects do not hold (progress of hosted tools, log probabilities) stays out.
 */
export function catchUp(account: Account, response: JsonObject): string {
  let text = '';
  let sequence = account.sequence ?? -1;
  const write: Write = (type, members) => {
    text += eventText({ type, sequence_number: ++sequence, ...members });
  };
  const output = Array.isArray(response['output']) ? (response['output'] as JsonObject[]) : [];
  for (const [index, item] of output.entries()) writeItem(write, { item, index }, account.items.get(index));
  write(`response.${String(response['status'])}`, { response });
  return text;
}

interface PlacedItem {
  readonly item: JsonObject;
  readonly index: number;
}

function writeItem(write: Write, { item, index }: PlacedItem, told: ToldItem | undefined): void {
  if (told?.done !== undefined) return;
  const place = { output_index: index };
  if (told === undefined) write('response.output_item.added', { ...place, item: begun(item) });
  if (item['type'] === 'message') writeParts(write, { item, index }, told);
  if (item['type'] === 'function_call' && told === undefined) {
    const { id, name, arguments: whole } = item;
    write('response.function_call_arguments.delta', { item_id: id, ...place, delta: whole });
    write('response.function_call_arguments.done', { item_id: id, ...place, name, arguments: whole });
  }
  write('response.output_item.done', { ...place, item });
}

/** An item as it is when it has just begun. */
function begun(item: JsonObject): JsonObject {
  const known = 'status' in item ? { ...item, status: 'in_progress' } : item;
  if (item['type'] === 'message') return { ...known, content: [] };
  return item['type'] === 'function_call' ? { ...known, arguments: '' } : known;
}

function writeParts(write: Write, { item, index }: PlacedItem, told: ToldItem | undefined): void {
  const parts = Array.isArray(item['content']) ? (item['content'] as JsonObject[]) : [];
  for (const [contentIndex, part] of parts.entries()) {
    const known = told?.parts.get(contentIndex);
    if (known?.isDone === true) continue;
    const name = part['type'] === 'refusal' ? 'refusal' : 'text';
    const event = name === 'refusal' ? 'response.refusal' : 'response.output_text';
    const value = part[name];
    const whole = typeof value === 'string' ? value : '';
    const place = { item_id: item['id'], output_index: index, content_index: contentIndex };
    if (known === undefined)
      write('response.content_part.added', {
        ...place,
        part: { ...part, [name]: '', ...('annotations' in part && { annotations: [] }) },
      });
    const rest = whole.startsWith(known?.text ?? '') ? whole.slice(known?.text.length ?? 0) : '';
    const logprobs = name === 'text' ? { logprobs: [] } : {};
    if (rest !== '') write(`${event}.delta`, { ...place, ...logprobs, delta: rest });
    if (known?.isTextDone !== true) write(`${event}.done`, { ...place, ...logprobs, [name]: whole });
    write('response.content_part.done', { ...place, part });
  }
}
