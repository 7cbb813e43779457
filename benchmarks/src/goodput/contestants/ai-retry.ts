import { createRetryableModel, error, httpStatus, timeout } from 'ai-retry/language-model';
import type { Contestant } from '../contestant.ts';
import { attemptMs, rungsOf } from '../world.ts';
import { askSdk, languageModel } from './ai-sdk-call.ts';

/**
 * With the conditions of its readme, in the order in which they help: a refused key is left at once, what may
 * pass is retried on the same model with backoff and `retry-after`, and everything else goes to the next model.
 * The SDK's own retries are off, as its readme asks. The time limit recovers plain calls and, says the readme,
 * cannot recover streams, which go without.
 */
export const aiRetry: Contestant = {
  name: 'AI SDK + ai-retry',
  lacks: 'a time limit for the attempt of a stream',
  start(world) {
    const [first, ...others] = rungsOf(world).map(languageModel);
    const [next = first, last = next] = [others[0], others.at(-1)];
    const model = createRetryableModel({
      model: first!,
      retries: [
        httpStatus(401).switch({ model: next! }),
        timeout().switch({ model: last!, timeout: 2 * attemptMs }),
        error.isRetryable(true).retry({ delay: 500, backoffFactor: 2, maxAttempts: 3 }),
        ...others,
      ],
    });
    return { ask: (question) => askSdk(model, question, { maxRetries: 0, timeoutMs: attemptMs }), close: () => {} };
  },
};
