import type { AIMessage, AIMessageChunk } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import type { Answer, Contestant } from '../contestant.ts';
import { attemptMs, rungsOf } from '../world.ts';

/**
 * `.withFallbacks` with retries off on what has something below it, which would otherwise go on trying before it
 * gives way, and at their default on the last.
 */
export const langChain: Contestant = {
  name: 'LangChain .withFallbacks',
  start(world) {
    const rungs = rungsOf(world);
    const [first, ...fallbacks] = rungs.map(
      ({ model, apiKey, baseURL }, index) =>
        new ChatOpenAI({
          model,
          apiKey,
          timeout: attemptMs,
          configuration: { baseURL },
          ...(index < rungs.length - 1 && { maxRetries: 0 }),
        }),
    );
    const model = first!.withFallbacks(fallbacks);
    return {
      async ask({ prompt, stream, signal }) {
        if (!stream) return answerOf([await model.invoke(prompt, { signal })]);
        const chunks: AIMessageChunk[] = [];
        for await (const chunk of await model.stream(prompt, { signal })) chunks.push(chunk);
        return answerOf(chunks);
      },
      close: () => {},
    };
  },
};

function answerOf(messages: readonly (AIMessage | AIMessageChunk)[]): Answer {
  const said = (name: string): string | undefined =>
    messages.map(({ response_metadata: data }) => data[name]).find((value) => typeof value === 'string');
  return {
    text: messages.map(({ text }) => text).join(''),
    finishReason: said('finish_reason'),
    model: said('model_name'),
  };
}
