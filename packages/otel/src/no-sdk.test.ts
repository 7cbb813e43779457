import { pipeline } from '@holdfast/core';
import { cannedFetch, chatChunks, jsonAnswer, streamAnswer, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { telemetry } from './index.ts';

const url = 'https://api.openai.com/v1/chat/completions';
const init = { method: 'POST', body: '{"model":"gpt-5","stream":true,"messages":[]}' };

testMiddleware(() => telemetry(), { describe, it });

describe('telemetry without a registered SDK', () => {
  it('passes the call on as it came, with not one header more', async () => {
    const upstream = cannedFetch(() => jsonAnswer());
    const { fetch } = pipeline({ fetch: upstream }).use(telemetry()).build();
    const headers = new Headers({ authorization: 'Bearer sk-x' });
    await fetch(url, { ...init, headers });
    expect(upstream.calls[0]?.init.headers).toBe(headers);
    expect([...headers]).toEqual([['authorization', 'Bearer sk-x']]);
  });

  it('passes streams on', async () => {
    const chunks = chatChunks(['a', 'b']);
    const { fetch } = pipeline({
      fetch: cannedFetch(() => streamAnswer(chunks, { pulled: () => undefined })),
    })
      .use(telemetry())
      .build();
    expect(await (await fetch(url, init)).text()).toBe(chunks.join(''));
  });
});
