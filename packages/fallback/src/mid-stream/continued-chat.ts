import { contentOf, type JsonObject } from '@holdfast/core';
import type { Account } from './account.ts';
import type { Bill } from './bill.ts';
import { eventText, fieldsOf } from './event-text.ts';
import { Overlap } from './overlap.ts';
import type { Rewriter } from './rewritten.ts';

/** The chunks of a second chat completion as those of the first: its id, and only what it had not said. */
export class ContinuedChat implements Rewriter {
  readonly #head: JsonObject;
  readonly #overlap: Overlap;
  readonly #bill: Bill;

  constructor({ head = {}, text }: Account, bill: Bill) {
    this.#head = head;
    this.#overlap = new Overlap(text);
    this.#bill = bill;
  }

  take(data: string): string {
    const chunk = fieldsOf(data);
    // `[DONE]`, or what no client can read either way.
    if (chunk === undefined) return `${this.#textLeft()}data: ${data}\n\n`;
    const [choice] = (Array.isArray(chunk['choices']) ? chunk['choices'] : []) as JsonObject[];
    if (choice === undefined) return this.#chunk(chunk);
    const { kind, text } = contentOf(data);
    if (typeof choice['finish_reason'] === 'string' || kind === 'tool')
      return this.#textChunk(this.#overlap.push(text) + this.#overlap.end()) + this.#without(chunk, choice);
    // Who speaks has been said, and thoughts belong in front of the words that are there already.
    return kind === 'text' ? this.#textChunk(this.#overlap.push(text)) : '';
  }

  #textLeft(): string {
    return this.#textChunk(this.#overlap.end());
  }

  #textChunk(content: string): string {
    if (content === '') return '';
    return this.#chunk({ choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }] });
  }

  /** The same chunk without its words, which went on before it. */
  #without(chunk: JsonObject, choice: JsonObject): string {
    const { role: _role, content: _content, ...delta } = (choice['delta'] ?? {}) as JsonObject;
    return this.#chunk({ ...chunk, choices: [{ ...choice, delta }] });
  }

  #chunk(chunk: JsonObject): string {
    const { id, object, created, model } = this.#head;
    const usage = chunk['usage'] as JsonObject | null | undefined;
    return eventText({ ...chunk, id, object, created, model, ...(usage && { usage: this.#bill.total(usage) }) });
  }
}
