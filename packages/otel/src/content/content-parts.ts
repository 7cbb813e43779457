import { blobPart, uriPart } from './blobs.ts';
import { fieldsOf, kindOf, textPart, toolCallPart, type Fields, type Part } from './parts.ts';

/** The parts of what stands as `content`: a text, or a list of texts, images, sounds and files. */
export function partsOf(content: unknown): readonly Part[] {
  if (typeof content === 'string') return [textPart(content)];
  if (!Array.isArray(content)) return content == null ? [] : [partOf(fieldsOf(content))];
  return content.map((one) => (typeof one === 'string' ? textPart(one) : partOf(fieldsOf(one))));
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One part of chat completions or responses; of one that is not known only its type is told. */
function partOf(part: Fields): Part {
  const { type } = part;
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return textPart(text(part['text']));
    case 'refusal':
      return textPart(text(part['refusal']));
    case 'summary_text':
    case 'reasoning_text':
      return { type: 'reasoning', content: text(part['text']) };
    case 'image_url':
      return uriPart('image', text(fieldsOf(part['image_url'])['url']));
    case 'input_image':
      return part['file_id'] === undefined ? uriPart('image', text(part['image_url'])) : filePart('image', part);
    case 'input_audio': {
      const { data, format } = fieldsOf(part['input_audio']);
      return blobPart('audio', typeof format === 'string' ? `audio/${format}` : undefined, text(data));
    }
    case 'file':
    case 'input_file':
      return documentPart(type === 'file' ? fieldsOf(part['file']) : part);
    default:
      return { type: kindOf(type, 'unknown') };
  }
}

const filePart = (modality: string, { file_id: id }: Fields): Part => ({ type: 'file', modality, file_id: text(id) });

function documentPart(file: Fields): Part {
  const { file_data: data, file_url: url } = file;
  if (typeof data === 'string')
    return data.startsWith('data:') ? uriPart('document', data) : blobPart('document', undefined, data);
  return typeof url === 'string' ? uriPart('document', url) : filePart('document', file);
}

/** The calls of tools in a message of chat completions. */
export function toolCallParts(calls: unknown): readonly Part[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call) => {
    const { id, function: called, custom } = fieldsOf(call);
    const { name, arguments: args, input } = fieldsOf(called ?? custom);
    return toolCallPart(id, name, args ?? input);
  });
}

/** One item of responses, of what goes in or comes out. */
export function itemParts(item: Fields): readonly Part[] {
  const { type, id, call_id: callId, name } = item;
  switch (type) {
    case 'function_call':
      return [toolCallPart(callId ?? id, name, item['arguments'])];
    case 'custom_tool_call':
      return [toolCallPart(callId ?? id, name, item['input'])];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [responsePart(callId, item['output'])];
    case 'reasoning':
      return [...partsOf(item['summary']), ...partsOf(item['content'])];
    case 'message':
    case undefined:
      return partsOf(item['content']);
    default:
      // Searches, computers, interpreters: what they did is not put into the words of the conventions.
      return [serverCallPart(kindOf(type, 'unknown'))];
  }
}

/** What a tool gave back. */
export const responsePart = (id: unknown, output: unknown): Part => ({
  type: 'tool_call_response',
  ...(typeof id === 'string' && { id }),
  response: typeof output === 'string' ? output : partsOf(output),
});

const serverCallPart = (name: string): Part => ({ type: 'server_tool_call', name, server_tool_call: { type: name } });
