import { setTimeout as delay } from 'node:timers/promises';
import { hints } from 'holdfast';
import type OpenAI from 'openai';
import { models } from './service.ts';

/** How much is asked, and for how long. */
export interface Load {
  readonly durationMs: number;
  /** Time between two calls. */
  readonly everyMs: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

const messages = [{ role: 'user' as const, content: 'What holds a ship?' }];

/** The kinds of calls, in turn. Every one is made for the user in front, who does not wait longer than this. */
const options = hints({ deadlineMs: 4000 });
const kinds: readonly ((client: OpenAI) => Promise<unknown>)[] = [
  (client) => client.chat.completions.create({ model: models.asked, messages }, options),
  async (client) =>
    drained(await client.chat.completions.create({ model: models.asked, messages, stream: true }, options)),
  (client) => client.responses.create({ model: models.asked, input: 'What holds a ship?' }, options),
  (client) => client.embeddings.create({ model: 'text-embedding-3-small', input: 'an anchor' }, options),
  async (client) =>
    broken(await client.chat.completions.create({ model: models.asked, messages, stream: true }, options)),
];

/** Asks, and takes what comes; a service would tell its users. Returns how many calls were answered, and how many not. */
export async function traffic(
  client: OpenAI,
  { durationMs, everyMs, signal }: Load,
): Promise<{ readonly answered: number; readonly failed: number }> {
  const calls: Promise<boolean>[] = [];
  const count = Math.floor(durationMs / everyMs);
  for (let index = 0; index < count && signal?.aborted !== true; index++) {
    const ask = kinds[index % kinds.length]!;
    calls.push(
      ask(client).then(
        () => true,
        () => false,
      ),
    );
    await delay(everyMs, undefined, { ...(signal && { signal }) }).catch(() => undefined);
  }
  const endings = await Promise.all(calls);
  const answered = endings.filter(Boolean).length;
  return { answered, failed: endings.length - answered };
}

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _chunk of stream);
}

/** A user who has read enough. */
async function broken(stream: AsyncIterable<unknown>): Promise<void> {
  let seen = 0;
  for await (const _chunk of stream) if (++seen === 4) break;
}
