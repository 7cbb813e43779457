import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { over, until } from './both.ts';
import { serve } from './http-server.ts';

describe('a stream', () => {
  it('that the client has left gives its memory back', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const event = 'data: {"id":"1","object":"chat.completion.chunk","choices":[]}\n\n';
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event);
    });
    await over(server, async (pooled, url) => {
      const seen: WeakRef<Response>[] = [];
      const fetch = async (...given: Parameters<typeof pooled.fetch>): Promise<Response> => {
        const response = await pooled.fetch(...given);
        seen.push(new WeakRef(response));
        return response;
      };
      const client = new OpenAI({ apiKey: 'sk-left', baseURL: url, fetch, maxRetries: 0 });
      const left = async (): Promise<void> => {
        const messages = [{ role: 'user' as const, content: 'Hold?' }];
        const params = { model: 'gpt-5', messages, stream: true as const };
        // The client aborts from within its generator: the error remembers where it was made, and this the answer.
        for await (const _chunk of await client.chat.completions.create(params)) break;
      };
      for (let call = 0; call < 20; call++) await left();
      await until(() => {
        collect();
        expect(seen.filter((one) => one.deref() !== undefined).length).toBeLessThanOrEqual(1);
      }, 2000);
    });
  });
});
