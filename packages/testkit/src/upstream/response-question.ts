import type { Question, Tool } from './answer.ts';
import { schemaOf, textOf } from './chat-question.ts';
import { isObject, objectOf, objectsOf, stringOf } from './json.ts';
import type { JsonObject } from './json.ts';
import type { StoredObject } from './store.ts';

/** The items of an input, each with an id, as they are listed later. A string is a message of the user. */
export function inputItems(input: unknown, responseId: string): StoredObject[] {
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : objectsOf(input);
  return items.map((item, index) => {
    const known = { id: `msg_${responseId.slice(5)}i${index}`, type: 'message', ...item };
    if (typeof item['content'] !== 'string') return known;
    const type = item['role'] === 'assistant' ? 'output_text' : 'input_text';
    return { ...known, status: 'completed', content: [{ type, text: item['content'] }] };
  });
}

const itemText = (item: JsonObject): string =>
  textOf(item['content']) || (stringOf(item['output']) ?? '') || (stringOf(item['arguments']) ?? '');

const toolsOf = (tools: unknown): Tool[] =>
  objectsOf(tools)
    .filter((tool) => tool['type'] === 'function' && typeof tool['name'] === 'string')
    .map((tool) => ({ name: String(tool['name']), parameters: objectOf(tool['parameters']) }));

const choiceOf = (choice: unknown): NonNullable<Question['toolChoice']> => {
  if (choice === 'none' || choice === 'required') return choice;
  const name = isObject(choice) ? stringOf(choice['name']) : undefined;
  return name === undefined ? 'auto' : { name };
};

/** Reads a request for a response; `earlier` is what was said before it. */
export function responseQuestion(
  json: JsonObject,
  items: readonly StoredObject[],
  earlier: string,
  maxTokens: number | undefined,
): Question {
  const lastUser = items.findLast((item) => item['role'] === 'user');
  const format = objectOf(json['text'])['format'];
  const schema = schemaOf(format, format);
  const texts = [earlier, stringOf(json['instructions']) ?? '', ...items.map(itemText)];
  return {
    input: texts.filter((text) => text !== '').join('\n'),
    lastUserText: lastUser === undefined ? '' : itemText(lastUser),
    userSpokeLast: items.at(-1)?.['role'] === 'user',
    tools: toolsOf(json['tools']),
    toolChoice: choiceOf(json['tool_choice']),
    ...(schema === undefined ? {} : { schema }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}
