import { DelegateBackoff, handleWhen, retry, type IRetryBackoffContext } from 'cockatiel';
import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import CircuitBreaker from 'opossum';
import type { Asker, Contestant, Question } from '../contestant.ts';
import { attemptMs, rungsOf, type Rung } from '../world.ts';
import { beginChat, readChat } from './chat-call.ts';

type Begun = Awaited<ReturnType<typeof beginChat>>;

const isTransient = (error: unknown): boolean =>
  (error instanceof APIConnectionError && !(error instanceof APIUserAbortError)) ||
  (error instanceof APIError && (error.status === 408 || error.status === 429 || (error.status ?? 0) >= 500));

/** What the server asked for, or else exponential with full jitter, 500 ms at first. */
function backoffMs({ attempt, result }: IRetryBackoffContext<unknown>): number {
  const error = 'error' in result ? result.error : undefined;
  const asked = error instanceof APIError ? Number(error.headers?.get('retry-after-ms') ?? Number.NaN) : Number.NaN;
  return asked >= 0 && asked <= 60_000 ? asked : Math.random() * Math.min(8000, 500 * 2 ** (attempt - 1));
}

/** Two retries, as the client itself makes them. They are around the circuit, so an open one is not retried. */
const retries = retry(handleWhen(isTransient), { maxAttempts: 2, backoff: new DelegateBackoff(backoffMs) });

type ChatCircuit = CircuitBreaker<[Question], Begun>;

/** A client of its own for each rung, as key and region differ, behind a circuit of its own. */
function guarded(rung: Rung): ChatCircuit {
  const client = new OpenAI({ apiKey: rung.apiKey, baseURL: rung.baseURL, maxRetries: 0, timeout: attemptMs });
  return new CircuitBreaker((question: Question) => beginChat(client, question, rung.model), {
    // The client's timeout speaks; opossum's would leave the request running.
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: 10,
    resetTimeout: 30_000,
    // A wrong request, a refused key and a rate limit are no outage.
    errorFilter: (error: unknown) =>
      error instanceof APIUserAbortError || (error instanceof APIError && (error.status ?? 500) < 500),
  });
}

async function begun(ladder: readonly ChatCircuit[], question: Question): Promise<Begun> {
  let first: unknown;
  for (const circuit of ladder) {
    try {
      return await retries.execute(() => circuit.fire(question), question.signal);
    } catch (error) {
      first ??= error;
      if (!isWorthAnother(error) || question.signal.aborted) break;
    }
  }
  throw first;
}

/** Another rung helps against everything but a wrong request. */
const isWorthAnother = (error: unknown): boolean =>
  !(error instanceof APIError) || ![400, 404, 413, 422].includes(error.status ?? 0);

/** What a good team builds: retries around a circuit per model, and the next rung when a rung has failed. */
export const byHand: Contestant = {
  name: 'opossum + cockatiel',
  start(world): Asker {
    const ladder = rungsOf(world).map(guarded);
    return {
      async ask(question) {
        // Only the beginning is repeated: what a stream has shown of itself cannot be taken back.
        return readChat(await begun(ladder, question));
      },
      close: () => {
        for (const circuit of ladder) circuit.shutdown();
      },
    };
  },
};
