import { expect } from 'vitest';
import type { Content, Message, Part } from '../src/content/parts.ts';

/** Members that the conventions ask of each kind of part, beside `type`. */
export const members: Readonly<Record<string, Readonly<Record<string, 'string' | 'any'>>>> = {
  text: { content: 'string' },
  reasoning: { content: 'string' },
  tool_call: { name: 'string' },
  tool_call_response: { response: 'any' },
  server_tool_call: { name: 'string', server_tool_call: 'any' },
  blob: { modality: 'string', content: 'string' },
  file: { modality: 'string', file_id: 'string' },
  uri: { modality: 'string', uri: 'string' },
};

/** Asserts that what is told has the shape of the conventions, and stays the same as JSON. */
export function expectShape({ input = [], output = [], instructions = [], tools = [] }: Content): void {
  for (const message of [...input, ...output]) expectMessage(message);
  for (const { finish_reason: reason } of output) expect(reason).toBeTypeOf('string');
  for (const part of instructions) expectPart(part);
  for (const { type, name, parameters = {} } of tools) {
    expect([typeof type, typeof name]).toEqual(['string', 'string']);
    expect(parameters).toBeTypeOf('object');
  }
  const text = JSON.stringify({ input, output, instructions, tools });
  expect(JSON.stringify(JSON.parse(text))).toBe(text);
}

function expectMessage({ role, parts, name = '' }: Message): void {
  expect([typeof role, typeof name]).toEqual(['string', 'string']);
  for (const part of parts) expectPart(part);
}

function expectPart(part: Part): void {
  expect(part.type).toMatch(/^[a-z][a-z0-9_.]*$/);
  for (const [name, type] of Object.entries(Object.hasOwn(members, part.type) ? (members[part.type] ?? {}) : {})) {
    expect(part, part.type).toHaveProperty(name);
    if (type === 'string') expect(part[name], `${part.type}.${name}`).toBeTypeOf('string');
  }
}
