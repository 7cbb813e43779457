import { withoutBlobs } from './blobs.ts';
import type { Message, Part, ToolDefinition } from './parts.ts';

/** Longest that a secret may be which begins within what is told: it is recognised whole, or not at all. */
const lookAhead = 4096;

/** Cleans a text that stands at a place. */
export type Clean = (text: string) => string;

/**
 * Cleans what was said and makes it fit: texts are cut, and what has no room is dropped and counted. What is left is
 * still whole JSON of the same shape.
 */
export class Fit {
  readonly #clean: Clean;
  #left: number;

  /**
   * @param maxChars - characters of the JSON text of all that is told with this. The last part, its message and the
   * marks of what was left out may be beyond it.
   */
  constructor(maxChars: number, clean: Clean) {
    this.#left = maxChars;
    this.#clean = clean;
  }

  text(given: string): string {
    const text = withoutBlobs(given);
    const room = Math.max(0, this.#left - 2);
    const seen = text.length > room + lookAhead ? text.slice(0, room + lookAhead) : text;
    const clean = this.#clean(seen);
    const kept = beginning(clean, room);
    this.#left -= lengthOf(kept);
    if (kept.length === clean.length && seen.length === text.length) return clean;
    return `${kept}…[${clean.length - kept.length + text.length - seen.length} more]`;
  }

  /** Any value of JSON. Names of members are what somebody wrote, too, and numbers may be those of cards. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value))
      return this.#list(
        value,
        (one) => this.value(one),
        (dropped) => `…[${dropped} more]`,
      );
    if (typeof value === 'object' && value !== null) return this.#members(Object.entries(value));
    const told = String(value);
    const clean = typeof value === 'number' ? this.#clean(told) : told;
    this.#left -= clean.length;
    return clean === told ? value : clean;
  }

  parts(parts: readonly Part[]): readonly Part[] {
    return this.#list(
      parts,
      (part) => this.#whole(part),
      (dropped) => ({ type: 'truncated', dropped }),
    );
  }

  tools(tools: readonly ToolDefinition[]): readonly ToolDefinition[] {
    const marker = (dropped: number): ToolDefinition => ({ type: 'truncated', name: '…', dropped });
    return this.#list(tools, (tool) => this.#whole(tool), marker);
  }

  messages<M extends Message>(messages: readonly M[]): readonly M[] {
    return this.#list(
      messages,
      (message) => this.#message(message),
      (dropped) => ({ ...nameless(messages[0] as M), parts: [{ type: 'truncated', dropped }] }),
    );
  }

  #message<M extends Message>(message: M): M {
    const { name, parts } = message;
    this.#left -= messageFrame;
    return { ...message, ...(name !== undefined && { name: this.text(name) }), parts: this.parts(parts) };
  }

  /** Parts and tools keep each member, as a shape is promised for them. */
  #whole<P extends Part>({ type, ...members }: P): P {
    this.#left -= lengthOf(type) + typeFrame;
    const fitted = Object.entries(members).map(([name, member]) => {
      this.#left -= lengthOf(name) + 2;
      return [name, this.value(member)] as const;
    });
    return { type, ...Object.fromEntries(fitted) } as P;
  }

  #members(members: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
    this.#left -= 2;
    const fitted: [string, unknown][] = [];
    for (const [index, [name, member]] of members.entries()) {
      if (this.#left <= 0) return Object.fromEntries([...fitted, ['…', `[${members.length - index} more]`]]);
      this.#left -= 2;
      fitted.push([this.text(name), this.value(member)]);
    }
    return Object.fromEntries(fitted);
  }

  #list<T>(all: readonly T[], one: (item: T) => T, marker: (dropped: number) => T): readonly T[] {
    this.#left -= 2;
    const fitted: T[] = [];
    for (const [index, item] of all.entries()) {
      if (this.#left <= 0) return [...fitted, marker(all.length - index)];
      this.#left -= 1;
      fitted.push(one(item));
    }
    return fitted;
  }
}

/** A name is what somebody wrote. */
function nameless<M extends Message>(message: M): M {
  return Object.fromEntries(Object.entries(message).filter(([member]) => member !== 'name')) as unknown as M;
}

/** What is around the members of a part, and around the parts of a message. */
const typeFrame = '{"type":}'.length;
const messageFrame = '{"role":"assistant","parts":}'.length;

const lengthOf = (text: string): number => JSON.stringify(text).length;

/** As much of the beginning of a text as JSON writes in `room` characters between quotes. */
function beginning(text: string, room: number): string {
  let kept = text.slice(0, room);
  // Escapes take up to six characters, so this comes to its end.
  for (let excess = lengthOf(kept) - 2 - room; excess > 0; excess = lengthOf(kept) - 2 - room)
    kept = kept.slice(0, kept.length - Math.ceil(excess / 6));
  return kept.length < text.length ? whole(kept) : kept;
}

/** Half of a surrogate pair is no text. */
const whole = (text: string): string => (/[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text);
