import OpenAI from 'openai';
import type { Contestant } from '../contestant.ts';
import { attemptMs, rungsOf } from '../world.ts';
import { beginChat, readChat } from './chat-call.ts';

/** The client as it comes: two retries with backoff, `retry-after` honoured. Only its `timeout` is set, per attempt. */
export const bare: Contestant = {
  name: 'bare client',
  lacks: 'another model, a second key, a second region',
  start(world) {
    const [{ model, apiKey, baseURL }] = rungsOf(world);
    const client = new OpenAI({ apiKey, baseURL, timeout: attemptMs });
    return {
      ask: async (question) => readChat(await beginChat(client, question, model)),
      close: () => {},
    };
  },
};
