import type { Operation } from '@holdfast/core';
import { fieldsOf, listOf, type Fields } from './parts.ts';

/** The answer that the events of a stream add up to, as it would have come in one piece. */
export function streamedAnswer(operation: Operation, texts: readonly string[]): Fields {
  if (operation === 'responses') return responseOf(texts);
  const choices = new Map<number, Choice>();
  for (const event of eventsOf(texts)) {
    for (const one of listOf(event['choices'])) {
      const choice = fieldsOf(one);
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      let kept = choices.get(index);
      if (kept === undefined) choices.set(index, (kept = new Choice()));
      kept.add(choice);
    }
  }
  return { choices: [...choices].toSorted(([one], [other]) => one - other).map(([, choice]) => choice.whole()) };
}

function* eventsOf(texts: readonly string[]): Generator<Fields> {
  // Blocks end where events end, but a bounded record may not.
  for (const [, data = ''] of texts.join('').matchAll(/(?:^|[\r\n])data: ?(\{[^\r\n]*)/g)) {
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      continue;
    }
    yield fieldsOf(event);
  }
}

/** The last event of a response has all of it; where it was cut, the items that were done. */
function responseOf(texts: readonly string[]): Fields {
  const output: unknown[] = [];
  let last: Fields = {};
  for (const event of eventsOf(texts)) {
    if (event['type'] === 'response.output_item.done') output.push(event['item']);
    if (event['response'] !== undefined) last = fieldsOf(event['response']);
  }
  return listOf(last['output']).length > 0 ? last : { ...last, output };
}

/** A choice of chat or legacy completions that comes in pieces. */
class Choice {
  #text = '';
  #content: string | undefined;
  #refusal: string | undefined;
  #reason: unknown;
  readonly #calls: { id?: unknown; name: string; arguments: string }[] = [];

  add({ delta, text, finish_reason: reason }: Fields): void {
    const { content, refusal, tool_calls: calls } = fieldsOf(delta);
    if (typeof text === 'string') this.#text += text;
    if (typeof content === 'string') this.#content = (this.#content ?? '') + content;
    if (typeof refusal === 'string') this.#refusal = (this.#refusal ?? '') + refusal;
    for (const call of listOf(calls)) this.#addCall(fieldsOf(call));
    if (reason != null) this.#reason = reason;
  }

  #addCall({ index, id, function: called }: Fields): void {
    const at = typeof index === 'number' ? index : 0;
    const kept = (this.#calls[at] ??= { name: '', arguments: '' });
    const { name, arguments: args } = fieldsOf(called);
    if (typeof id === 'string') kept.id = id;
    if (typeof name === 'string') kept.name += name;
    if (typeof args === 'string') kept.arguments += args;
  }

  whole(): Fields {
    const calls = this.#calls.filter((call) => call !== undefined);
    return {
      text: this.#text,
      finish_reason: this.#reason,
      message: {
        content: this.#content,
        refusal: this.#refusal,
        ...(calls.length > 0 && { tool_calls: calls.map(({ id, ...called }) => ({ id, function: called })) }),
      },
    };
  }
}
