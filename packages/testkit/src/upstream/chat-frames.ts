import type { Answer, ToolCall } from './answer.ts';
import { chatUsage } from './completion-shape.ts';
import type { CompletionHead } from './completion-shape.ts';
import type { NextId } from './ids.ts';
import type { TokenUsage } from './reply.ts';
import { doneFrame } from './sse.ts';

/** How a stream of chat completion chunks differs from the usual. */
export interface ChatFrameOptions {
  /** How many choices are streamed. */
  readonly count: number;
  readonly nextId: NextId;
  /** Sent in a chunk of its own; left out if nobody asked for it. */
  readonly usage?: TokenUsage;
}

const headerOf = (head: CompletionHead): string => {
  const { id, created, model, systemFingerprint } = head;
  const members = {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    service_tier: 'default',
    system_fingerprint: systemFingerprint,
  };
  return `data: ${JSON.stringify(members).slice(0, -1)},"choices":[`;
};

/** The deltas of one choice, as JSON, in the order in which they are sent. */
function* deltas(answer: Answer, nextId: NextId): Generator<string> {
  if (answer.toolCall !== undefined) {
    yield* toolDeltas(answer.toolCall, nextId);
    return;
  }
  yield '{"role":"assistant","content":"","refusal":null}';
  for (const piece of answer.pieces) yield `{"content":${JSON.stringify(piece)}}`;
}

function* toolDeltas(call: ToolCall, nextId: NextId): Generator<string> {
  const first = { index: 0, id: nextId('call_'), type: 'function', function: { name: call.name, arguments: '' } };
  yield JSON.stringify({ role: 'assistant', content: null, tool_calls: [first], refusal: null });
  for (const piece of call.pieces)
    yield `{"tool_calls":[{"index":0,"function":{"arguments":${JSON.stringify(piece)}}}]}`;
}

/**
 * The events of a streamed chat completion. All but the changing part of a chunk is
 * serialised once, because benchmarks run against this server.
 */
export function* chatFrames(head: CompletionHead, answer: Answer, options: ChatFrameOptions): Generator<string> {
  const start = headerOf(head);
  // With `include_usage`, upstream states a null usage in every chunk but the last.
  const noUsage = options.usage === undefined ? '' : ',"usage":null';
  for (let index = 0; index < options.count; index++) {
    const choice = `${start}{"index":${index},"delta":`;
    const end = `,"logprobs":null,"finish_reason":null}]${noUsage}}\n\n`;
    for (const delta of deltas(answer, options.nextId)) yield choice + delta + end;
    yield `${choice}{},"logprobs":null,"finish_reason":"${answer.finishReason}"}]${noUsage}}\n\n`;
  }
  if (options.usage !== undefined) yield `${start}],"usage":${JSON.stringify(chatUsage(options.usage))}}\n\n`;
  yield doneFrame;
}
