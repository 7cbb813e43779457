import type { Answer } from './answer.ts';
import type { JsonObject } from './json.ts';
import type { TokenUsage } from './reply.ts';
import type { StoredObject } from './store.ts';

/** A response as the fake remembers it: enough to send it again, whole or as its events. */
export interface ResponseRecord {
  readonly id: string;
  readonly createdMs: number;
  /** The request's body. */
  readonly json: JsonObject;
  readonly model: string;
  readonly answer: Answer;
  readonly inputItems: readonly StoredObject[];
  /** Everything said up to here, for the responses that follow on this one. */
  readonly transcript: string;
  readonly background: boolean;
  cancelled: boolean;
}

/** The status of a response. */
export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'cancelled';

/** The status in which a response ends. */
export const finalStatus = (answer: Answer): 'completed' | 'incomplete' =>
  answer.finishReason === 'length' || answer.finishReason === 'content_filter' ? 'incomplete' : 'completed';

const idIn = (record: ResponseRecord, prefix: string): string => prefix + record.id.slice(5);

/** The text part of a message. */
export const textPart = (text: string): JsonObject => ({ type: 'output_text', annotations: [], logprobs: [], text });

/** The item in which the model thought. */
export const reasoningItem = (record: ResponseRecord): JsonObject => ({
  id: idIn(record, 'rs_'),
  type: 'reasoning',
  summary: [],
});

/** The item with the answer, as it is when it has just begun, or when it is done. */
export function answerItem(record: ResponseRecord, done: boolean): StoredObject {
  const { toolCall, text } = record.answer;
  const status = done ? finalStatus(record.answer) : 'in_progress';
  if (toolCall === undefined) {
    const content = done ? [textPart(text)] : [];
    return { id: idIn(record, 'msg_'), type: 'message', status, content, role: 'assistant' };
  }
  const callArguments = done ? toolCall.pieces.join('') : '';
  const call = { arguments: callArguments, call_id: idIn(record, 'call_'), name: toolCall.name };
  return { id: idIn(record, 'fc_'), type: 'function_call', status, ...call };
}

/** Everything the model put out. */
export const outputOf = (record: ResponseRecord): JsonObject[] => [
  ...(record.answer.usage.reasoningTokens > 0 ? [reasoningItem(record)] : []),
  answerItem(record, true),
];

/** Usage in the words of responses. */
export const responseUsage = (usage: TokenUsage): JsonObject => ({
  input_tokens: usage.inputTokens,
  input_tokens_details: { cached_tokens: usage.cachedTokens },
  output_tokens: usage.outputTokens,
  output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  total_tokens: usage.inputTokens + usage.outputTokens,
});

/** The response object in a status: empty until it has ended. */
export function responseObject(record: ResponseRecord, status: ResponseStatus): StoredObject {
  const { json, answer } = record;
  const ended = status === 'completed' || status === 'incomplete';
  const createdAt = Math.floor(record.createdMs / 1000);
  const reason = answer.finishReason === 'content_filter' ? 'content_filter' : 'max_output_tokens';
  return {
    id: record.id,
    object: 'response',
    created_at: createdAt,
    status,
    background: record.background,
    completed_at: status === 'completed' ? createdAt : null,
    conversation: json['conversation'] ?? null,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason } : null,
    instructions: json['instructions'] ?? null,
    max_output_tokens: json['max_output_tokens'] ?? null,
    model: record.model,
    output: ended ? outputOf(record) : [],
    parallel_tool_calls: json['parallel_tool_calls'] ?? true,
    previous_response_id: json['previous_response_id'] ?? null,
    reasoning: json['reasoning'] ?? { effort: null, summary: null },
    service_tier: 'default',
    store: json['store'] ?? true,
    temperature: json['temperature'] ?? 1,
    text: json['text'] ?? { format: { type: 'text' } },
    tool_choice: json['tool_choice'] ?? 'auto',
    tools: json['tools'] ?? [],
    top_p: json['top_p'] ?? 1,
    truncation: json['truncation'] ?? 'disabled',
    usage: ended ? responseUsage(answer.usage) : null,
    user: null,
    metadata: json['metadata'] ?? {},
  };
}
