import type { Operation } from '@holdfast/core';
import { blobPart, uriPart } from './blobs.ts';
import { itemParts, partsOf, toolCallParts } from './content-parts.ts';
import { fieldsOf, kindOf, listOf, textPart, type Fields, type OutputMessage, type Part } from './parts.ts';

/** What an answer says, message by message. */
export function outputOf(operation: Operation, answer: Fields): readonly OutputMessage[] {
  switch (operation) {
    case 'chat':
      return listOf(answer['choices']).map((choice) => chatChoice(fieldsOf(choice)));
    case 'completions':
      return listOf(answer['choices']).map((choice) => {
        const { text, finish_reason: reason } = fieldsOf(choice);
        return assistant([textPart(typeof text === 'string' ? text : '')], reason);
      });
    case 'responses':
      return responseOutput(answer);
    case 'images':
      return listOf(answer['data']).map((image) => assistant([imagePart(fieldsOf(image))], 'stop'));
    case 'audio':
      return typeof answer['text'] === 'string' ? [assistant([textPart(answer['text'])], 'stop')] : [];
    default:
      return [];
  }
}

const assistant = (parts: readonly Part[], reason: unknown): OutputMessage => ({
  role: 'assistant',
  parts,
  finish_reason: reasonOf(reason),
});

/** In the words of the conventions, where they have one. */
function reasonOf(reason: unknown): string {
  if (reason === 'tool_calls' || reason === 'function_call') return 'tool_call';
  return kindOf(reason, 'error');
}

function chatChoice({ message, finish_reason: reason }: Fields): OutputMessage {
  const { content, refusal, tool_calls: calls, audio } = fieldsOf(message);
  const { transcript } = fieldsOf(audio);
  const parts = [
    ...partsOf(content),
    ...(typeof refusal === 'string' ? [textPart(refusal)] : []),
    ...(typeof transcript === 'string' ? [textPart(transcript)] : []),
    ...toolCallParts(calls),
  ];
  return assistant(parts, reason);
}

/** A response is one message, however many items it has. */
function responseOutput(answer: Fields): readonly OutputMessage[] {
  const items = listOf(answer['output']).map((item) => fieldsOf(item));
  if (items.length === 0) return [];
  const isCalling = items.some(({ type }) => type === 'function_call' || type === 'custom_tool_call');
  return [assistant(items.flatMap(itemParts), endingOf(answer, isCalling))];
}

function endingOf({ status, incomplete_details: details }: Fields, isCalling: boolean): unknown {
  if (status === 'completed') return isCalling ? 'tool_call' : 'stop';
  const { reason } = fieldsOf(details);
  if (status === 'incomplete') return reason === 'max_output_tokens' ? 'length' : reason;
  return 'error';
}

function imagePart({ b64_json: base64, url }: Fields): Part {
  if (typeof base64 === 'string') return blobPart('image', undefined, base64);
  return uriPart('image', typeof url === 'string' ? url : '');
}
