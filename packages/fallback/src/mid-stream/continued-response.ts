import type { JsonObject } from '@holdfast/core';
import type { Account } from './account.ts';
import type { Bill } from './bill.ts';
import { eventText, fieldsOf } from './event-text.ts';
import { Overlap } from './overlap.ts';
import type { Rewriter } from './rewritten.ts';

/** The message of a response that can be continued: the only one, with one part of text that is not whole. */
export interface OpenMessage {
  readonly index: number;
  readonly id: unknown;
  readonly text: string;
}

export function openMessageOf({ items }: Account): OpenMessage | undefined {
  const unfinished = [...items].filter(([, { begun, done }]) => done === undefined || begun['type'] === 'message');
  const [only] = unfinished;
  if (unfinished.length !== 1 || only === undefined) return undefined;
  const [index, { begun, parts }] = only;
  const part = parts.get(0);
  const isOpen = begun['type'] === 'message' && parts.size === 1 && part !== undefined && !part.isTextDone;
  return isOpen ? { index, id: begun['id'], text: part.text } : undefined;
}

const framing = /^response\.(?:created|queued|in_progress)$/;
const ending = /^response\.(?:completed|incomplete|failed)$/;

/** The events of a second response as those of the first: its id, its numbers, and only what it had not said. */
export class ContinuedResponse implements Rewriter {
  readonly #head: JsonObject;
  readonly #message: OpenMessage;
  readonly #overlap: Overlap;
  readonly #bill: Bill;
  readonly #items: Map<number, JsonObject>;
  /** Where the items of the second are among those of the first; those that are not stay away. */
  readonly #indexes = new Map<unknown, number>();
  #sequence: number;
  #text: string;
  #messageIndex: unknown;

  constructor(account: Account, message: OpenMessage, bill: Bill) {
    this.#head = account.head ?? {};
    this.#message = message;
    this.#overlap = new Overlap(message.text);
    this.#text = message.text;
    this.#bill = bill;
    this.#sequence = account.sequence ?? -1;
    this.#items = new Map(
      [...account.items].flatMap(([index, { done }]) => (done === undefined ? [] : [[index, done]])),
    );
  }

  take(data: string): string {
    const event = fieldsOf(data);
    const type = String(event?.['type']);
    if (event === undefined) return `data: ${data}\n\n`;
    if (framing.test(type)) return '';
    if (ending.test(type)) return this.#event({ ...event, response: this.#ended(event['response'] as JsonObject) });
    if (type === 'response.output_item.added' && !this.#begins(event)) return '';
    const index = event['output_index'];
    if (index === undefined) return this.#event(event);
    if (index === this.#messageIndex) return this.#ofMessage(type, event);
    const place = this.#indexes.get(index);
    if (place === undefined) return '';
    if (type === 'response.output_item.done') this.#items.set(place, event['item'] as JsonObject);
    return this.#event({ ...event, output_index: place });
  }

  /** Gives an item its place; `false` for what the caller has already, or is not to see twice. */
  #begins({ item, output_index: index }: JsonObject): boolean {
    const { type } = (item ?? {}) as JsonObject;
    if (type === 'message' && this.#messageIndex === undefined) {
      this.#messageIndex = index;
      return false;
    }
    // Thoughts belong in front of the words that are there already.
    if (type === 'reasoning') return false;
    this.#indexes.set(index, this.#message.index + 1 + this.#indexes.size);
    return true;
  }

  #ofMessage(type: string, event: JsonObject): string {
    const { index, id } = this.#message;
    const place = { output_index: index, ...('item_id' in event && { item_id: id }) };
    if (type === 'response.output_item.done') {
      const item = this.#whole(event['item'] as JsonObject);
      this.#items.set(index, item);
      return this.#event({ ...event, ...place, item });
    }
    if (event['content_index'] !== 0) return this.#event({ ...event, ...place });
    switch (type) {
      case 'response.content_part.added':
        return '';
      case 'response.output_text.delta':
        return this.#delta(this.#overlap.push(String(event['delta'])));
      case 'response.output_text.done':
        return this.#delta(this.#overlap.end()) + this.#event({ ...event, ...place, text: this.#text });
      case 'response.content_part.done':
        return this.#event({ ...event, ...place, part: { ...(event['part'] as JsonObject), text: this.#text } });
      default:
        return this.#event({ ...event, ...place });
    }
  }

  #delta(delta: string): string {
    if (delta === '') return '';
    this.#text += delta;
    const { index, id } = this.#message;
    const place = { item_id: id, output_index: index, content_index: 0 };
    return this.#event({ type: 'response.output_text.delta', ...place, delta, logprobs: [] });
  }

  #whole(item: JsonObject): JsonObject {
    const [first, ...parts] = (item['content'] ?? []) as JsonObject[];
    return { ...item, id: this.#message.id, content: [{ ...first, text: this.#text }, ...parts] };
  }

  #ended(response: JsonObject): JsonObject {
    const { id, created_at: created, model } = this.#head;
    const usage = response['usage'] as JsonObject | null | undefined;
    const output = [...this.#items].toSorted(([one], [other]) => one - other).map(([, item]) => item);
    const parts = usage ? { usage: this.#bill.total(usage) } : {};
    return { ...response, id, created_at: created, model, output, ...parts };
  }

  #event(event: JsonObject): string {
    const { type, ...rest } = event;
    return eventText({ type, ...rest, sequence_number: ++this.#sequence });
  }
}
