import type { Operation } from '@holdfast/core';
import { itemParts, partsOf, responsePart, toolCallParts } from './content-parts.ts';
import {
  fieldsOf,
  kindOf,
  listOf,
  textPart,
  type Content,
  type Fields,
  type Message,
  type ToolDefinition,
} from './parts.ts';

/** What the request of an operation says. */
export function inputOf(operation: Operation, request: Fields): Content {
  const tools = toolsOf(request['tools']);
  const input = messagesOf(operation, request);
  const { instructions } = request;
  return {
    ...(input.length > 0 && { input }),
    ...(tools.length > 0 && { tools }),
    ...(operation === 'responses' && instructions != null && { instructions: partsOf(instructions) }),
  };
}

function messagesOf(operation: Operation, request: Fields): readonly Message[] {
  switch (operation) {
    case 'chat':
      return listOf(request['messages']).map((message) => chatMessage(fieldsOf(message)));
    case 'responses':
      return itemsOf(request['input']);
    case 'embeddings':
      return texts(request['input']);
    case 'completions':
    case 'images':
      return texts(request['prompt']);
    case 'audio':
      return texts(request['input'] ?? request['prompt']);
    default:
      return [];
  }
}

function chatMessage(message: Fields): Message {
  const { role, name, content, tool_calls: calls, tool_call_id: callId } = message;
  const parts = role === 'tool' ? [responsePart(callId, content)] : [...partsOf(content), ...toolCallParts(calls)];
  return { role: roleOf(role), ...(typeof name === 'string' && { name }), parts };
}

function itemsOf(input: unknown): readonly Message[] {
  if (typeof input === 'string') return [{ role: 'user', parts: [textPart(input)] }];
  return listOf(input).map((one) => {
    const item = fieldsOf(one);
    const isOutput = typeof item['type'] === 'string' && item['type'].endsWith('_output');
    const role = item['role'] ?? (isOutput ? 'tool' : 'assistant');
    return { role: roleOf(role), parts: itemParts(item) };
  });
}

/** `developer` is what the API calls `system` now; the conventions know no other name for it. */
const roleOf = (role: unknown): string => (role === 'developer' ? 'system' : kindOf(role, 'user'));

/** Each text by itself; of numbers of tokens only how many there are. */
function texts(input: unknown): readonly Message[] {
  const all = typeof input === 'string' ? [input] : listOf(input);
  if (typeof all[0] === 'number') return [tokens(all)];
  return all.map((one) => (typeof one === 'string' ? { role: 'user', parts: [textPart(one)] } : tokens(listOf(one))));
}

const tokens = ({ length }: readonly unknown[]): Message => ({
  role: 'user',
  parts: [{ type: 'tokens', count: length }],
});

function toolsOf(tools: unknown): readonly ToolDefinition[] {
  return listOf(tools).map((tool) => {
    const { type, ...fields } = fieldsOf(tool);
    const { name, description, parameters } = fieldsOf(fields['function'] ?? fields['custom'] ?? fields);
    const kind = kindOf(type, 'function');
    return {
      type: kind,
      name: typeof name === 'string' ? name : kind,
      ...(typeof description === 'string' && { description }),
      ...(typeof parameters === 'object' && parameters !== null && { parameters }),
    };
  });
}
