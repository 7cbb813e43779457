import { createFallback } from 'ai-fallback';
import type { Contestant } from '../contestant.ts';
import { rungsOf } from '../world.ts';
import { askSdk, languageModel } from './ai-sdk-call.ts';

/**
 * As its readme shows it: a list of models, back to the first a minute after the first error. The SDK's own two
 * retries stay on, as the readme leaves them. A timeout of the SDK would end the call with all its models.
 */
export const aiFallback: Contestant = {
  name: 'AI SDK + ai-fallback',
  lacks: 'a time limit for an attempt',
  start(world) {
    const model = createFallback({ models: rungsOf(world).map(languageModel), modelResetInterval: 60_000 });
    return { ask: (question) => askSdk(model, question, {}), close: () => {} };
  },
};
