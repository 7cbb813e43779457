import { cannedFetch, errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { pipeline, type Middleware, type Pipeline } from 'holdfast';
import OpenAI from 'openai';

/** One answer of a far end: after how long, and what. */
export interface Answer {
  readonly afterMs: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** For an answer that does not come. */
export const never: number = Number.POSITIVE_INFINITY;

/** A pipeline on a clock that stands still, with a far end that answers by a list; the last one stays. */
export function stage(layers: readonly Middleware[], ...answers: readonly Answer[]): Stage {
  const clock = new ManualClock();
  let asked = 0;
  const fetch = cannedFetch(async (_url, init) => {
    asked++;
    const { afterMs, status = 200, headers = {} } = answers[Math.min(asked, answers.length) - 1] as Answer;
    await waited(clock, afterMs, init.signal);
    const id = { 'x-request-id': `req_${asked}`, ...headers };
    const { model } = JSON.parse((init.body ?? '{}') as string) as { readonly model?: string };
    return status === 200 ? jsonAnswer({ ...answer, model }, { headers: id }) : errorAnswer(status, {}, id);
  });
  const builder = pipeline({ service: 'shop', clock, random: () => 0.5, fetch });
  for (const layer of layers) builder.use(layer);
  const resilient = builder.build();
  // A wrapped client brings its own `fetch`: with the one of the machine it would leave this machine.
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test-a', fetch }));
  return { clock, resilient, client, ask: (model = 'gpt-5') => ask(resilient, clock, model) };
}

/** What a story is made on. */
export interface Stage {
  readonly clock: ManualClock;
  readonly resilient: Pipeline;
  readonly client: OpenAI;
  /** Asks and reads the answer to its end. */
  readonly ask: (model?: string) => Promise<Response>;
}

const answer = {
  id: 'chatcmpl-1',
  choices: [],
  usage: { prompt_tokens: 1200, completion_tokens: 90, total_tokens: 1290 },
};

const waited = (clock: ManualClock, ms: number, signal: AbortSignal | null | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    // A timer for never would be what the clock runs to next.
    const timer = ms === never ? undefined : clock.setTimer(resolve, ms);
    signal?.addEventListener('abort', () => {
      timer?.cancel();
      reject(signal.reason as Error);
    });
  });

const url = 'https://api.openai.com/v1/chat/completions';

async function ask({ fetch }: Pipeline, clock: ManualClock, model: string): Promise<Response> {
  const init = { method: 'POST', body: JSON.stringify({ model, messages: [] }) };
  const response = await clock.runUntil(fetch(url, init));
  await response.text();
  return response;
}
