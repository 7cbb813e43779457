import type { RequestListener, ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { over, until } from './both.ts';
import { bytes, serveBytes } from './byte-server.ts';
import { serve } from './http-server.ts';

const ok: RequestListener = (request, response) => void request.resume().once('end', () => response.end('ok'));
const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

/** Calls one after the other, each when the connection of the one before is free again or gone. */
async function inTurn(pooled: Parameters<Parameters<typeof over>[1]>[0], url: string, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    await (await pooled.fetch(url)).text();
    await until(() => expect(pooled.stats()[url]).toMatchObject({ running: 0 }));
    await new Promise(setImmediate);
  }
}

describe('a connection', () => {
  it('is kept from call to call', async () => {
    const server = await serve(ok);
    await over(server, async (pooled, url) => {
      await inTurn(pooled, url, 5);
      expect(server.opened()).toBe(1);
    });
  });

  it.each([
    ['Connection: close', 'connection: close\r\ncontent-length: 2\r\n'],
    ['a keep-alive that is over before it could be used', 'keep-alive: timeout=1\r\ncontent-length: 2\r\n'],
  ])('is not used again after %s', async (_name, lines) => {
    const server = await serveBytes(bytes(`HTTP/1.1 200 OK\r\n${lines}\r\nok`));
    await over(server, async (pooled, url) => {
      await inTurn(pooled, url, 3);
      expect(server.opened()).toBe(3);
      await until(() => expect(server.sockets.size).toBe(0));
    });
  });

  it('is used again within the keep-alive that the server names', async () => {
    const server = await serveBytes(bytes('HTTP/1.1 200 OK\r\nkeep-alive: timeout=60\r\ncontent-length: 2\r\n\r\nok'));
    await over(server, async (pooled, url) => {
      await inTurn(pooled, url, 3);
      expect(server.opened()).toBe(1);
    });
  });

  it('is closed when it was idle for keepAliveMs', async () => {
    const server = await serve(ok);
    await over(
      server,
      async (pooled, url) => {
        await inTurn(pooled, url, 1);
        await until(() => expect(server.sockets.size).toBe(0));
        expect(pooled.stats()[url]).toMatchObject({ connected: 0 });
      },
      { keepAliveMs: 50 },
    );
  });

  it('carries one call at a time: nothing is sent on it before the answer to what went before has ended', async () => {
    const waiting: ServerResponse[] = [];
    const server = await serve((request, response) => {
      request.resume();
      response.write('half,');
      waiting.push(response);
    });
    await over(
      server,
      async (pooled, url) => {
        const texts = [1, 2, 3].map(async () => (await pooled.fetch(url, { method: 'POST', body: 'x' })).text());
        for (let call = 1; call <= 3; call++) {
          await until(() => expect(waiting).toHaveLength(call));
          // Several turns in which a pipelined request would have come.
          for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
          expect(waiting).toHaveLength(call);
          expect(pooled.stats()[url]).toMatchObject({ connected: 1, running: 1, queued: 3 - call });
          waiting[call - 1]?.end('whole');
          await texts[call - 1];
        }
        expect(await Promise.all(texts)).toEqual(['half,whole', 'half,whole', 'half,whole']);
        expect(server.opened()).toBe(1);
      },
      { connections: 1 },
    );
  });

  it('to localhost finds whichever address the server has', async () => {
    const server = await serve(ok);
    await over(server, async (pooled, url) => {
      const named = url.replace('127.0.0.1', 'localhost');
      expect(await (await pooled.fetch(named)).text()).toBe('ok');
      expect(Object.keys(pooled.stats())).toEqual([named]);
    });
  });

  it.runIf(hasIPv6)('to an IPv6 literal', async () => {
    const server = await serveBytes((socket, head) => {
      const host = /^host: (.*)$/im.exec(head)?.[1] ?? '';
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${host.length}\r\n\r\n${host}`);
    }, '::1');
    await over(server, async (pooled, url) => {
      expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
      expect(await (await pooled.fetch(`${url}/v1`)).text()).toBe(new URL(url).host);
    });
  });

  it('to a name that nobody has fails as that of the global fetch', async () => {
    const server = await serve(ok);
    await over(server, async (pooled) => {
      const failure = { name: 'TypeError', message: 'fetch failed', cause: { code: expect.stringMatching(/^E/) } };
      await expect(pooled.fetch('http://nowhere.invalid/')).rejects.toMatchObject(failure);
    });
  });
});
