import {
  contentOf,
  discard,
  eventData,
  faultOf,
  outcomeOfTap,
  retakeBody,
  type ByteSource,
  type Call,
  type JsonObject,
  type Next,
} from '@holdfast/core';
import type { Mend, Segment } from './mended-source.ts';
import type { Said } from './said.ts';

const instruction =
  'Your answer was cut off. Go on exactly where it stopped, in the middle of a word if need be. Repeat nothing and add nothing before it.';

/** A shorter agreement may be chance, and dropping it would lose letters. */
const shortestOverlap = 6;
/** As much of a continuation is looked at to find out what it says again. */
const overlapWindow = 400;

/**
 * Asks for the rest of a chat completion whose stream broke: the conversation, what was said, and to go on. Only for
 * plain text of one choice; a call to a tool or a structured answer is never patched together from two.
 */
export function continuing(call: Call, next: Next, maxMends: number): Mend | undefined {
  const json = call.body.json();
  const { messages } = json ?? {};
  if (call.route.operation !== 'chat' || json === undefined || !Array.isArray(messages) || !isPlain(json))
    return undefined;
  let mends = 0;
  return async (said) => {
    const read = said.read();
    if (read === undefined || !read.isText || read.text === '' || ++mends > maxMends) return undefined;
    const more = [
      ...(messages as unknown[]),
      { role: 'assistant', content: read.text },
      { role: 'user', content: instruction },
    ];
    call.journey.decision('fallback', 'continue', `the stream broke after about ${read.tokens} tokens`);
    const body = call.body.withJson({ ...json, messages: more });
    const response = await next(call.with({ body, holdBack: { tokens: 1 } }));
    if (!response.ok || faultOf(response) !== undefined) {
      discard(response);
      return undefined;
    }
    return continued(response, said, read.text);
  };
}

function isPlain(json: JsonObject): boolean {
  const format = json['response_format'] as JsonObject | undefined;
  return (json['n'] ?? 1) === 1 && (format === undefined || format['type'] === 'text');
}

function continued(response: Response, said: Said, text: string): Segment | undefined {
  const source = retakeBody(response);
  const [first] = said.events() ?? [];
  if (source === undefined || first === undefined) return undefined;
  return { response, source: new Continuation(response, source, { text, first: JSON.parse(first) as JsonObject }) };
}

/** The events of a second answer as those of the first: its id, and only what the first had not said. */
class Continuation implements ByteSource {
  readonly #response: Response;
  readonly #source: ByteSource;
  readonly #said: { readonly text: string; readonly first: JsonObject };
  /** Text that may still turn out to be said already; `undefined` once that is settled. */
  #pending: string | undefined = '';

  constructor(response: Response, source: ByteSource, said: { readonly text: string; readonly first: JsonObject }) {
    this.#response = response;
    this.#source = source;
    this.#said = said;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const block = await this.#source.read();
      // One that broke goes on as it is: whoever mends this looks for its end.
      if (block === undefined || outcomeOfTap(this.#response)?.ending === 'failed') return block;
      const events = [...eventData(new TextDecoder().decode(block))].map((data) => this.#rewritten(data));
      const text = events.filter((event) => event !== undefined).join('');
      if (text !== '') return new TextEncoder().encode(text);
    }
  }

  cancel(reason?: unknown): void | Promise<void> {
    return this.#source.cancel(reason);
  }

  #rewritten(data: string): string | undefined {
    const settled = data === '[DONE]' ? this.#settled() : undefined;
    if (data === '[DONE]') return `${settled ?? ''}data: [DONE]\n\n`;
    const { kind, text } = contentOf(data);
    if (kind === 'text' && this.#pending !== undefined) {
      this.#pending += text;
      return this.#pending.length >= Math.min(overlapWindow, this.#said.text.length) ? this.#settled() : undefined;
    }
    const event = JSON.parse(data) as JsonObject;
    const [choice] = (event['choices'] ?? []) as { finish_reason?: unknown }[];
    const isEnd = typeof choice?.finish_reason === 'string';
    // Who speaks has been said.
    if (kind === 'none' && choice !== undefined && !isEnd) return undefined;
    return (isEnd ? (this.#settled() ?? '') : '') + this.#event(event);
  }

  #settled(): string | undefined {
    if (this.#pending === undefined) return undefined;
    const rest = this.#pending.slice(overlapOf(this.#said.text, this.#pending));
    this.#pending = undefined;
    return rest === ''
      ? undefined
      : this.#event({ choices: [{ index: 0, delta: { content: rest }, finish_reason: null }] });
  }

  #event(event: JsonObject): string {
    const { id, object, created, model } = this.#said.first;
    return `data: ${JSON.stringify({ ...event, id, object, created, model })}\n\n`;
  }
}

/** How many letters at the beginning of `more` are the end of `said` once again. */
export function overlapOf(said: string, more: string): number {
  for (let length = Math.min(said.length, more.length); length >= shortestOverlap; length--)
    if (said.endsWith(more.slice(0, length))) return length;
  return 0;
}
