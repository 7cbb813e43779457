import type { Question, Tool } from './answer.ts';
import { refuse } from './errors.ts';
import { isObject, objectOf, objectsOf, stringOf } from './json.ts';
import type { JsonObject } from './json.ts';

/** The text of a message's content, which is a string or a list of parts. */
export const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map((part) => stringOf(part['text']) ?? '')
    .join('');
};

/** The schema of the JSON that is asked for. Any object with a text satisfies `json_object`. */
const anyJson: JsonObject = {
  type: 'object',
  properties: { text: { type: 'string' } },
  required: ['text'],
};

/** The schema that a format asks for; `undefined` if text will do. Both operations name their formats alike. */
export function schemaOf(format: unknown, schemaHolder: unknown): JsonObject | undefined {
  const type = objectOf(format)['type'];
  if (type === 'json_object') return anyJson;
  return type === 'json_schema' ? objectOf(objectOf(schemaHolder)['schema']) : undefined;
}

const toolsOf = (tools: unknown): Tool[] =>
  objectsOf(tools)
    .map((tool) => objectOf(tool['function']))
    .filter((tool) => typeof tool['name'] === 'string')
    .map((tool) => ({ name: String(tool['name']), parameters: objectOf(tool['parameters']) }));

const choiceOf = (choice: unknown): Question['toolChoice'] => {
  if (choice === 'none' || choice === 'required') return choice;
  const name = isObject(choice) ? stringOf(objectOf(choice['function'])['name']) : undefined;
  return name === undefined ? 'auto' : { name };
};

/** Reads a chat completion request. */
export function chatQuestion(json: JsonObject, maxTokens: number | undefined): Question {
  const messages = objectsOf(json['messages']);
  const texts = messages.map((message) => textOf(message['content']));
  const lastUser = messages.findLastIndex((message) => message['role'] === 'user');
  const input = texts.join('\n');
  const format = json['response_format'];
  if (objectOf(format)['type'] === 'json_object' && !/json/i.test(input))
    refuse(400, {
      message: "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      param: 'messages',
    });
  const schema = schemaOf(format, objectOf(format)['json_schema']);
  return {
    input,
    lastUserText: texts[lastUser] ?? '',
    userSpokeLast: messages.at(-1)?.['role'] === 'user',
    tools: toolsOf(json['tools']),
    toolChoice: choiceOf(json['tool_choice']) ?? 'auto',
    ...(schema === undefined ? {} : { schema }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}
