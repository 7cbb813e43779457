import { answerItem, finalStatus, reasoningItem, responseObject, textPart } from './response-object.ts';
import type { ResponseRecord } from './response-object.ts';
import type { JsonObject } from './json.ts';

/** Writes an event with the next sequence number. Members come ready-made, as benchmarks run against this server. */
type Write = (type: string, members: string) => string;

const numbered = (): Write => {
  let sequence = 0;
  return (type, members) => `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence++},${members}}\n\n`;
};

const member = (name: string, value: unknown): string => `"${name}":${JSON.stringify(value)}`;

const itemMembers = (index: number, item: JsonObject): string => `"output_index":${index},${member('item', item)}`;

function* textFrames(write: Write, record: ResponseRecord, place: string): Generator<string> {
  const { pieces, text } = record.answer;
  const part = `${place},"content_index":0`;
  yield write('response.content_part.added', `${part},${member('part', textPart(''))}`);
  for (const piece of pieces)
    yield write('response.output_text.delta', `${part},"logprobs":[],${member('delta', piece)}`);
  yield write('response.output_text.done', `${part},"logprobs":[],${member('text', text)}`);
  yield write('response.content_part.done', `${part},${member('part', textPart(text))}`);
}

function* callFrames(write: Write, pieces: readonly string[], name: string, place: string): Generator<string> {
  for (const piece of pieces)
    yield write('response.function_call_arguments.delta', `${place},${member('delta', piece)}`);
  yield write(
    'response.function_call_arguments.done',
    `${place},${member('name', name)},${member('arguments', pieces.join(''))}`,
  );
}

/** The events of a streamed response, from `response.created` to the terminal one. The same each time. */
export function* responseFrames(record: ResponseRecord): Generator<string> {
  const write = numbered();
  const { answer } = record;
  const begun = member('response', responseObject(record, record.background ? 'queued' : 'in_progress'));
  const running = member('response', responseObject(record, 'in_progress'));
  yield write('response.created', begun);
  if (record.background) yield write('response.queued', begun);
  yield write('response.in_progress', running);
  let index = 0;
  if (answer.usage.reasoningTokens > 0) {
    yield write('response.output_item.added', itemMembers(index, reasoningItem(record)));
    yield write('response.output_item.done', itemMembers(index, reasoningItem(record)));
    index = 1;
  }
  const item = answerItem(record, false);
  const place = `${member('item_id', item.id)},"output_index":${index}`;
  yield write('response.output_item.added', itemMembers(index, item));
  if (answer.toolCall === undefined) yield* textFrames(write, record, place);
  else yield* callFrames(write, answer.toolCall.pieces, answer.toolCall.name, place);
  yield write('response.output_item.done', itemMembers(index, answerItem(record, true)));
  const status = finalStatus(answer);
  yield write(`response.${status}`, member('response', responseObject(record, status)));
}

/** The events after the one with a sequence number, for a client that resumes. */
export function* framesAfter(record: ResponseRecord, sequenceNumber: number): Generator<string> {
  let sequence = 0;
  for (const frame of responseFrames(record)) {
    if (sequence > sequenceNumber) yield frame;
    sequence += 1;
  }
}
