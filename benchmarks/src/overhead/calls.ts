import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, streamText } from 'ai';
import type OpenAI from 'openai';

/** What is measured of a contestant: one call of each kind, from the question to the last word. */
export interface Calls {
  plain(): Promise<void>;
  streamed(): Promise<void>;
}

const content = 'Say something. '.repeat(20);
const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content }] };

/** Calls through an openai client. */
export const ofClient = (client: OpenAI): Calls => ({
  async plain() {
    await client.chat.completions.create(params);
  },
  async streamed() {
    for await (const _chunk of await client.chat.completions.create({ ...params, stream: true }));
  },
});

/** Calls through the AI SDK, which has a client of its own, over chat completions like the others. */
export function ofAiSdk(apiKey: string, baseURL: string): Calls {
  const model = createOpenAI({ apiKey, baseURL }).chat('gpt-5');
  return {
    async plain() {
      await generateText({ model, prompt: content });
    },
    async streamed() {
      for await (const _words of streamText({ model, prompt: content }).textStream);
    },
  };
}

/** Calls through LangChain, which has the openai client inside. */
export function ofLangChain(apiKey: string, baseURL: string): Calls {
  const model = new ChatOpenAI({ model: 'gpt-5', apiKey, configuration: { baseURL } });
  return {
    async plain() {
      await model.invoke(content);
    },
    async streamed() {
      for await (const _chunk of await model.stream(content));
    },
  };
}
