import type OpenAI from 'openai';
import type { Answer, Question } from '../contestant.ts';

type Params = OpenAI.ChatCompletionCreateParams;
type Stream = AsyncIterable<OpenAI.ChatCompletionChunk>;

/** The question as the client takes it. */
export const paramsOf = (question: Question, model: string): Params => ({
  model,
  messages: [{ role: 'user', content: question.prompt }],
  ...(question.stream && { stream: true, stream_options: { include_usage: true } }),
});

/** Begins a call; settles as soon as the client does, which for a stream is at its headers. */
export const beginChat = (client: OpenAI, question: Question, model: string): Promise<OpenAI.ChatCompletion | Stream> =>
  client.chat.completions.create(paramsOf(question, model), { signal: question.signal });

/** Reads an answer to its end, as the examples of the client do: whatever ends without an error is the answer. */
export async function readChat(given: OpenAI.ChatCompletion | Stream): Promise<Answer> {
  if (!(Symbol.asyncIterator in given)) {
    const choice = given.choices[0];
    return { text: choice?.message.content ?? '', finishReason: choice?.finish_reason, model: given.model };
  }
  let text = '';
  let finishReason: string | undefined;
  let model: string | undefined;
  for await (const chunk of given) {
    model = chunk.model;
    const choice = chunk.choices[0];
    text += choice?.delta.content ?? '';
    finishReason = choice?.finish_reason ?? finishReason;
  }
  return { text, finishReason, model };
}
