import type { JsonObject } from '@holdfast/core';

/** The object that the data of an event is; `undefined` where it is none. */
export function fieldsOf(data: string): JsonObject | undefined {
  try {
    const value = JSON.parse(data) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** An event as it travels: of the Responses API with its name, of chat completions without. */
export function eventText(event: JsonObject): string {
  const { type } = event;
  const name = typeof type === 'string' ? `event: ${type}\n` : '';
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

export const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

export const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export function joined(blocks: readonly Uint8Array[]): Uint8Array {
  const [only] = blocks;
  if (blocks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(blocks.reduce((length, block) => length + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}
