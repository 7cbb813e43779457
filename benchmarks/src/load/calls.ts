import { performance } from 'node:perf_hooks';
import type OpenAI from 'openai';

export type Kind = 'call' | 'stream';

/** When the first content came and when all had come, both on `performance.now()`. */
export interface Ended {
  readonly firstAt: number;
  readonly endedAt: number;
}

const messages = [{ role: 'user' as const, content: 'Say something. '.repeat(20) }];

/** One call, read to its end. */
export async function once(client: OpenAI, kind: Kind, model = 'gpt-5'): Promise<Ended> {
  if (kind === 'call') {
    await client.chat.completions.create({ model, messages });
    const endedAt = performance.now();
    return { firstAt: endedAt, endedAt };
  }
  let firstAt = 0;
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
    if (firstAt === 0 && chunk.choices[0]?.delta.content) firstAt = performance.now();
  return { firstAt, endedAt: performance.now() };
}
