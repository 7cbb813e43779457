import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import type OpenAI from 'openai';
import type { Tokens } from './prices.ts';

/** What one call asks for. */
export interface Question {
  readonly model: string;
  readonly stream: boolean;
}

/** How one call ended. */
export interface CallResult {
  /** Why there is no whole answer; `undefined` for an answer. */
  readonly failure?: string;
  readonly model?: string;
  readonly tokens?: Tokens;
  /** The response or error, from which the journey is known. */
  readonly source: unknown;
}

/** A stream that ended as if nothing had happened, without saying why it ended. */
export const cutUnnoticed = 'cut unnoticed';

/** Few tokens, as `--live` pays for them. */
const asking = (model: string): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model,
  messages: [{ role: 'user', content: 'Say in one short sentence why the harbour holds in a storm.' }],
  max_completion_tokens: 40,
});

/** Makes one call and reads its answer to the end. Never rejects. */
export async function placeCall(client: OpenAI, question: Question, signal: AbortSignal): Promise<CallResult> {
  try {
    return await (question.stream ? streamed : plain)(client, question.model, signal);
  } catch (error) {
    return { failure: failureOf(error), source: error };
  }
}

async function plain(client: OpenAI, model: string, signal: AbortSignal): Promise<CallResult> {
  const { data, response } = await client.chat.completions.create(asking(model), { signal }).withResponse();
  const isWhole = data.choices[0]?.finish_reason != null;
  return { ...(!isWhole && { failure: 'incomplete' }), model: data.model, ...tokensOf(data.usage), source: response };
}

async function streamed(client: OpenAI, model: string, signal: AbortSignal): Promise<CallResult> {
  const request = { ...asking(model), stream: true, stream_options: { include_usage: true } } as const;
  const { data, response } = await client.chat.completions.create(request, { signal }).withResponse();
  let answeredBy = model;
  let isWhole = false;
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of data) {
    answeredBy = chunk.model;
    usage = chunk.usage ?? usage;
    isWhole ||= chunk.choices[0]?.finish_reason != null;
  }
  return { ...(!isWhole && { failure: cutUnnoticed }), model: answeredBy, ...tokensOf(usage), source: response };
}

const tokensOf = (usage: OpenAI.CompletionUsage | null | undefined): Pick<CallResult, 'tokens'> =>
  usage == null ? {} : { tokens: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens } };

function failureOf(error: unknown): string {
  if (error instanceof APIConnectionTimeoutError) return 'timeout';
  if (error instanceof APIConnectionError) return 'connection';
  if (!(error instanceof APIError)) return 'other';
  if (error.code === 'stream_interrupted') return 'cut reported';
  if (error.code === 'circuit_open') return 'circuit open';
  return error.status === undefined ? 'error in stream' : String(error.status);
}
