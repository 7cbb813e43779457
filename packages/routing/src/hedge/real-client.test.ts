import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from '@holdfast/core';
import { cannedAnswer, chatChunks } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { hedge } from '../index.ts';

/** A server that answers at once, save for what it is told to leave hanging. */
async function hangingServer() {
  const left: ServerResponse[] = [];
  let hangs = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (hangs > 0) {
      hangs--;
      left.push(response);
      return;
    }
    const isStream = body.includes('"stream":true');
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    response.end(isStream ? chatChunks(['Held', ' fast.']).join('') : JSON.stringify(cannedAnswer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    left,
    hang: (count: number) => void (hangs = count),
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('the real client, hedged', () => {
  it('gets the second answer where the first hangs, which is let go of', async () => {
    await using server = await hangingServer();
    const layer = hedge({ minimumCalls: 3, minDelayMs: 50 });
    const client = pipeline()
      .use(layer)
      .build()
      .wrap(new OpenAI({ apiKey: 'sk-test', baseURL: server.baseURL }));
    const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold?' }] };
    const ask = async (): Promise<string | null | undefined> =>
      (await client.chat.completions.create(params)).choices[0]?.message.content;
    const stream = async (): Promise<string> => {
      let text = '';
      for await (const { choices } of await client.chat.completions.create({ ...params, stream: true }))
        text += choices[0]?.delta.content ?? '';
      return text;
    };
    for (let count = 0; count < 3; count++) await Promise.all([ask(), stream()]);
    server.hang(1);
    expect(await ask()).toBe('Held fast.');
    server.hang(1);
    expect(await stream()).toBe('Held fast.');
    expect(layer.stats()).toMatchObject({ calls: 8, hedges: 2, wonBySecond: 2 });
    await expect.poll(() => server.left.map((response) => response.destroyed || response.closed)).toEqual([true, true]);
  });
});
