import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { generateText, streamText } from 'ai';
import type { Answer, Question } from '../contestant.ts';
import type { Rung } from '../world.ts';

/** A rung as a model of the AI SDK. Chat completions, not responses, so that everybody calls the same operation. */
export function languageModel({ model, apiKey, baseURL }: Rung, index: number): LanguageModelV4 {
  // ai-retry tells models apart by provider and id, so key and region have to show in the provider's name.
  return createOpenAI({ apiKey, baseURL, name: `openai-${index + 1}` }).chat(model);
}

/** What the SDK itself is told about time and retries. */
export interface SdkSettings {
  readonly maxRetries?: number;
  /** Of a plain call, as a whole. */
  readonly timeoutMs?: number;
}

export async function askSdk(model: LanguageModelV4, question: Question, settings: SdkSettings): Promise<Answer> {
  const { maxRetries, timeoutMs } = settings;
  const call = {
    model,
    prompt: question.prompt,
    abortSignal: question.signal,
    ...(maxRetries !== undefined && { maxRetries }),
  };
  if (question.stream) return await readStream(call);
  const result = await generateText({ ...call, ...(timeoutMs !== undefined && { timeout: timeoutMs }) });
  return { text: result.text, finishReason: result.finishReason, model: result.response.modelId };
}

/** `textStream` swallows errors; a caller who wants to know reads all parts. */
async function readStream(call: Parameters<typeof streamText>[0]): Promise<Answer> {
  // The default prints every error.
  const { stream } = streamText({ ...call, onError: () => {} });
  let text = '';
  let finishReason: string | undefined;
  let model: string | undefined;
  for await (const part of stream) {
    if (part.type === 'text-delta') text += part.text;
    else if (part.type === 'error') throw part.error;
    else if (part.type === 'abort') throw new Error('aborted');
    else if (part.type === 'finish-step') ({ finishReason, modelId: model } = { ...part, ...part.response });
  }
  return { text, finishReason, model };
}
