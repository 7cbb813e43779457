import { describe, expect, it } from 'vitest';
import { bothBytes, over, told, until } from './both.ts';
import { bytes, serveBytes } from './byte-server.ts';

const head = 'HTTP/1.1 200 OK\r\n';
const moments: Record<string, string> = {
  'before the headers': '',
  'within the status line': 'HTTP/1.1 2',
  'within the headers': `${head}content-type: text/pl`,
  'before a body of known length': `${head}content-length: 100\r\n\r\n`,
  'within a body of known length': `${head}content-length: 100\r\n\r\nhalf`,
  'before the first chunk': `${head}transfer-encoding: chunked\r\n\r\n`,
  'within a chunk': `${head}transfer-encoding: chunked\r\n\r\n100\r\nhalf`,
  'between two chunks': `${head}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`,
  'within the last chunk': `${head}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n`,
  'at the end of a body without a length': `${head}\r\nwhole`,
};

/** The bytes that came before the end, and what the end was. */
async function readThrough(response: Response): Promise<unknown> {
  let text = '';
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const end = await told(async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'ended';
      text += Buffer.from(value).toString('latin1');
    }
  });
  return [response.status, text, end, await told(() => reader.closed.then(() => 'closed'))];
}

describe.each(['close', 'reset'] as const)('a server that hangs up by a %s', (how) => {
  it.each(Object.entries(moments))('%s is the same failure in text()', async (_moment, text) => {
    const { ours, native } = await bothBytes(bytes(text, how), async (response) => [
      response.status,
      await told(() => response.text()),
      response.bodyUsed,
    ]);
    expect(ours).toEqual(native);
  });

  it.each(Object.entries(moments))('%s is the same failure to a reader', async (_moment, text) => {
    const { ours, native } = await bothBytes(bytes(text, how), readThrough);
    expect(ours).toEqual(native);
  });

  it.each(Object.entries(moments))('%s is one request and leaves no connection', async (_moment, text) => {
    let requests = 0;
    const answer = bytes(text, how);
    const server = await serveBytes((socket, request) => {
      requests++;
      answer(socket, request);
    });
    await over(server, async (pooled, url) => {
      await told(async () => (await pooled.fetch(url)).text());
      await until(() => expect(pooled.stats()[url]).toMatchObject({ connected: 0, running: 0, queued: 0 }));
      expect(requests).toBe(1);
    });
  });
});
