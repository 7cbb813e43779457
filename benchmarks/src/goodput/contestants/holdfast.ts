import { preset, transport } from 'holdfast';
import OpenAI from 'openai';
import type { Contestant } from '../contestant.ts';
import { attemptMs, models, patienceMs, rungsOf } from '../world.ts';
import { beginChat, readChat } from './chat-call.ts';

/**
 * The preset with a ladder (the same model in the other regions, then the one below), streams that are restarted, a
 * pool of keys and the transport; `holdfast(client, options)` is the same, but leaves
 * nothing to be closed. The client's `timeout` is the total here, and the transport has the one for an attempt.
 */
export const ours: Contestant = {
  name: 'holdfast',
  start(world) {
    const [{ model, apiKey, baseURL }] = rungsOf(world);
    const elsewhere = world.regions.slice(1);
    const pipeline = preset({
      fallback: {
        endpoints: Object.fromEntries(elsewhere.map((url, index) => [`region-${index + 2}`, { baseURL: url, apiKey }])),
        models: {
          [models.asked]: [...elsewhere.map((_, index) => ({ endpoint: `region-${index + 2}` })), models.below],
        },
        midStream: { chat: { policy: 'restart' } },
      },
      auth: { credentials: world.keys.map((key, index) => ({ id: `key-${index + 1}`, kind: 'key', read: () => key })) },
      transport: transport({ headersTimeoutMs: attemptMs }),
    });
    const client = pipeline.wrap(new OpenAI({ apiKey, baseURL, timeout: patienceMs }));
    return {
      ask: async (question) => readChat(await beginChat(client, question, model)),
      close: () => pipeline.close(),
    };
  },
};
