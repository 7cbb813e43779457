import { holdfast } from 'holdfast';
import OpenAI from 'openai';
import { cannedFetch } from '../load/answers.ts';
import { cannedClientOf, clientOf, type ContestantName } from '../load/clients.ts';

/** Answers as a model that is down does. */
const downFetch = (): Promise<Response> =>
  new Promise((resolve) =>
    setImmediate(() =>
      resolve(Response.json({ error: { message: 'down', type: 'server_error', code: null } }, { status: 503 })),
    ),
  );

/** What an engine keeps for the window of a circuit is all there before the first stage is over, with a short one. */
const settings = { breaker: { windowMs: 1000 } };

/** Whose memory is looked at: over the network, from memory, or from memory with every answer a 503. */
export interface Subject {
  readonly name: ContestantName;
  readonly baseURL?: string;
  readonly connections?: number;
  readonly isDown?: true;
}

export function subjectClient({ name, baseURL, connections = 64, isDown }: Subject): OpenAI {
  if (baseURL !== undefined) return clientOf(name, baseURL, connections, settings);
  // Waits between retries would be most of the time, and hold nothing that a first attempt does not.
  const down = new OpenAI({ apiKey: 'sk-bench', fetch: downFetch, maxRetries: 0 });
  if (isDown === true) return name === 'bare client' ? down : holdfast(down, { retry: false });
  return cannedClientOf(name === 'bare client' ? name : 'everything', cannedFetch, settings);
}
