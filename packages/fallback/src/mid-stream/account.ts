import { contentOf, type JsonObject, type StreamContent } from '@holdfast/core';
import { fieldsOf } from './event-text.ts';

/** One part of a message of the Responses API, as far as the caller has it. */
export interface ToldPart {
  text: string;
  isTextDone: boolean;
  isDone: boolean;
}

/** One item of the output of the Responses API, as far as the caller has it. */
export interface ToldItem {
  /** As it was when it began. */
  readonly begun: JsonObject;
  readonly parts: Map<number, ToldPart>;
  /** As it is when it is whole. */
  done: JsonObject | undefined;
}

/** What a stream has told its caller so far, put together from its events. */
export class Account {
  /** What there is to read. */
  text = '';
  /** Events with content; for models about one token each. */
  tokens = 0;
  /** What kinds of content there were. */
  readonly kinds: Set<StreamContent['kind']> = new Set();
  /** The model refused, wholly or in part. */
  isRefusal = false;
  /** The first chunk of a chat completion, or the response object of the first event of a response. */
  head: JsonObject | undefined;
  /** Number of the last event of a response. */
  sequence: number | undefined;
  /** Items of the output of a response, by their index. */
  readonly items: Map<number, ToldItem> = new Map();

  /** Takes in the data of the next event. */
  take(data: string): void {
    const event = fieldsOf(data);
    if (event === undefined) return;
    const { kind, text } = contentOf(data);
    if (kind !== 'none') {
      this.kinds.add(kind);
      this.tokens++;
      if (kind === 'text') this.text += text;
    }
    const { type, sequence_number: sequence } = event;
    if (typeof sequence === 'number') this.sequence = sequence;
    if (typeof type === 'string') this.#takeTyped(type, event);
    else this.#takeChunk(event);
  }

  #takeChunk(chunk: JsonObject): void {
    this.head ??= chunk;
    const choices = Array.isArray(chunk['choices']) ? (chunk['choices'] as JsonObject[]) : [];
    if (choices.some(({ delta }) => (delta as JsonObject | undefined)?.['refusal'])) this.isRefusal = true;
  }

  #takeTyped(type: string, event: JsonObject): void {
    if (typeof event['response'] === 'object') this.head ??= event['response'] as JsonObject;
    const index = Number(event['output_index']);
    const item = this.items.get(index);
    const part = item?.parts.get(Number(event['content_index']));
    switch (type) {
      case 'response.output_item.added':
        this.items.set(index, { begun: event['item'] as JsonObject, parts: new Map(), done: undefined });
        break;
      case 'response.content_part.added':
        item?.parts.set(Number(event['content_index']), { text: '', isTextDone: false, isDone: false });
        break;
      case 'response.refusal.delta':
        this.isRefusal = true;
        if (part !== undefined) part.text += String(event['delta']);
        break;
      case 'response.output_text.delta':
        if (part !== undefined) part.text += String(event['delta']);
        break;
      case 'response.output_text.done':
      case 'response.refusal.done':
        if (part !== undefined) part.isTextDone = true;
        break;
      case 'response.content_part.done':
        if (part !== undefined) part.isDone = true;
        break;
      case 'response.output_item.done':
        if (item !== undefined) item.done = event['item'] as JsonObject;
        break;
      default:
    }
  }
}
