import { countTokens } from './admission.ts';
import type { JsonObject } from './json.ts';
import { minimalJson } from './minimal-json.ts';
import type { ModelOptions } from './options.ts';
import type { TokenUsage } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  readonly parameters: JsonObject;
}

/** A request for text, whichever operation it came by. */
export interface Question {
  /** Everything the model reads, for counting. */
  readonly input: string;
  /** What the user said last: the answer echoes it. */
  readonly lastUserText: string;
  /** Whether the user spoke last, and not a tool. */
  readonly userSpokeLast: boolean;
  readonly tools: readonly Tool[];
  /** The tool that must be called, `required` if any must, `none` if none may. */
  readonly toolChoice?: { readonly name: string } | 'auto' | 'none' | 'required';
  /** The schema of the JSON that is asked for; an empty one for any JSON. */
  readonly schema?: JsonObject;
  /** The longest answer that is wanted. */
  readonly maxTokens?: number;
}

/** A function call that the model asks for. */
export interface ToolCall {
  readonly name: string;
  /** The arguments in the pieces in which they are streamed. */
  readonly pieces: readonly string[];
}

/** What the model says, in the pieces in which it is streamed. */
export interface Answer {
  readonly pieces: readonly string[];
  readonly text: string;
  readonly toolCall?: ToolCall;
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  readonly usage: TokenUsage;
}

/** Said when there is nothing to echo. */
const filler = 'The quick brown fox jumps over the lazy dog while seventeen calm engineers watch it.'.split(' ');

const toolMarker = /\buse the tool\b/i;

/** How long the pieces of JSON are. */
const jsonPieceLength = 8;

/** Inputs from here on are cached, in steps of 128 tokens, as the API does. */
const cachedFromTokens = 1024;

const cutJson = (text: string): string[] => text.match(new RegExp(`.{1,${jsonPieceLength}}`, 'gsu')) ?? [];

/** Words that follow from the question: the user's own, over and over. */
function echo(lastUserText: string, count: number): string[] {
  const spoken = lastUserText.split(/\s+/).filter((word) => word !== '');
  const source = spoken.length > 0 ? spoken : filler;
  return Array.from({ length: count }, (_, index) => (index === 0 ? '' : ' ') + source[index % source.length]!);
}

function calledTool(question: Question): Tool | undefined {
  const { tools, toolChoice } = question;
  if (tools.length === 0 || toolChoice === 'none' || !question.userSpokeLast) return undefined;
  if (typeof toolChoice === 'object') return tools.find((tool) => tool.name === toolChoice.name);
  return toolChoice === 'required' || toolMarker.test(question.lastUserText) ? tools[0] : undefined;
}

function wordsOf(state: UpstreamState, request: UpstreamRequest, options: ModelOptions, question: Question): string[] {
  const scripted = request.answer;
  if (scripted?.text !== undefined) return scripted.text.match(/\s*\S+\s*$|\s*\S+/gu) ?? [];
  if (question.schema !== undefined) return cutJson(JSON.stringify(minimalJson(question.schema)));
  return echo(question.lastUserText, scripted?.words ?? options.words ?? state.words);
}

const usageOf = (question: Question, outputTokens: number, reasoningTokens: number): TokenUsage => {
  const inputTokens = countTokens(question.input);
  const cachedTokens = inputTokens < cachedFromTokens ? 0 : inputTokens - (inputTokens % 128);
  return { inputTokens, cachedTokens, outputTokens, reasoningTokens };
};

/** Answers a question, the same way each time. Every piece counts as one token. */
export function answerQuestion(
  state: UpstreamState,
  request: UpstreamRequest,
  options: ModelOptions,
  question: Question,
): Answer {
  const limit = question.maxTokens ?? Number.POSITIVE_INFINITY;
  // Thinking comes first, and a small limit may leave nothing to say, as with the real models.
  const thought = Math.min(options.reasoningTokens ?? 0, limit);
  const tool = calledTool(question);
  if (tool !== undefined) {
    const pieces = cutJson(JSON.stringify(minimalJson(tool.parameters) ?? {}));
    const usage = usageOf(question, thought + pieces.length, thought);
    return { pieces: [], text: '', toolCall: { name: tool.name, pieces }, finishReason: 'tool_calls', usage };
  }
  const words = wordsOf(state, request, options, question);
  const pieces = words.length > limit - thought ? words.slice(0, limit - thought) : words;
  const finishReason = request.answer?.finishReason ?? (pieces.length < words.length ? 'length' : 'stop');
  return { pieces, text: pieces.join(''), finishReason, usage: usageOf(question, thought + pieces.length, thought) };
}
