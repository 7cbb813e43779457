import { fieldsOf, type Fields } from './stream-content.ts';

/** Tools that run at the upstream: the caller only watches them, and has nothing to carry out by halves. */
const hosted = /^(?:web_search|file_search|code_interpreter|image_generation|mcp|tool_search)_call$/;

/**
 * Calls to tools that a stream has begun and not yet finished. Somebody is going to carry them out, and half of one
 * may be a valid one that says something else.
 */
export class OpenToolCalls {
  /** Choices of a chat completion and items of a response, by their index. */
  readonly #open = new Set<unknown>();

  /** Whether a call is under way. */
  get any(): boolean {
    return this.#open.size > 0;
  }

  /** Takes in the data of the next event. */
  add(data: string): void {
    // Most events are words, and a native search passes them over.
    if (this.#open.size === 0 && !/tool_calls|function_call|_call"/.test(data)) return;
    const event = fieldsOf(data);
    if (event === undefined) {
      // `[DONE]`, behind which nothing is finished any more.
      this.#open.clear();
    } else if (Array.isArray(event['choices'])) {
      for (const choice of event['choices'] as Fields[]) this.#addChoice(choice);
    } else this.#addTyped(event);
  }

  /** A choice says that its calls are whole by saying why it ends. */
  #addChoice({ index, delta, finish_reason: reason }: Fields): void {
    const { tool_calls: calls, function_call: call } = (delta ?? {}) as Fields;
    if ((Array.isArray(calls) && calls.length > 0) || (call ?? undefined) !== undefined) this.#open.add(index);
    if (typeof reason === 'string') this.#open.delete(index);
  }

  #addTyped({ type, item, output_index: index }: Fields): void {
    if (type === 'response.output_item.added') {
      const { type: kind } = (item ?? {}) as Fields;
      if (typeof kind === 'string' && kind.endsWith('_call') && !hosted.test(kind)) this.#open.add(index);
    } else if (type === 'response.output_item.done') this.#open.delete(index);
    else if (type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed')
      this.#open.clear();
  }
}
