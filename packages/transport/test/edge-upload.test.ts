import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { both, over, told, until } from './both.ts';
import { serve } from './http-server.ts';

/** Two pieces, the second of which waits until somebody opens the gate. */
function gated() {
  let open!: () => void;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let written = 0;
  async function* pieces() {
    written++;
    yield Buffer.from('first,');
    await gate;
    written++;
    yield Buffer.from('last');
  }
  return { open, pieces, written: () => written };
}

const ways: Record<string, (pieces: () => AsyncIterable<Uint8Array>) => unknown> = {
  'a stream': (pieces) => Readable.toWeb(Readable.from(pieces(), { objectMode: false })),
  'an iterable': (pieces) => pieces(),
  'a byte stream': (pieces) => {
    const iterator = pieces()[Symbol.asyncIterator]();
    return new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value as Uint8Array));
      },
    });
  },
};

describe('an upload', () => {
  it.each(Object.entries(ways))('from %s reaches the server piece by piece', async (_name, bodyOf) => {
    const { open, pieces, written } = gated();
    const seen: string[] = [];
    const server = await serve(async (request, response) => {
      for await (const piece of request) {
        // The gate opens only when the first piece has come: a body that is collected first would wait for ever.
        seen.push(`${String(piece)} of ${written()}`);
        open();
      }
      response.end(String(request.headers['transfer-encoding']));
    });
    await over(server, async (pooled, url) => {
      const init = { method: 'POST', body: bodyOf(pieces), duplex: 'half' } as RequestInit;
      expect(await (await pooled.fetch(url, init)).text()).toBe('chunked');
      expect(seen).toEqual(['first, of 1', 'last of 2']);
    });
  });

  it('is held back while the server does not read', async () => {
    let taken = 0;
    let go!: () => void;
    const wanted = new Promise<void>((resolve) => (go = resolve));
    const block = new Uint8Array(256 * 1024);
    const server = await serve(async (request, response) => {
      await wanted;
      let received = 0;
      for await (const piece of request) received += (piece as Buffer).length;
      response.end(String(received));
    });
    await over(server, async (pooled, url) => {
      async function* blocks() {
        while (taken < 400) {
          taken++;
          yield block;
        }
      }
      const pending = pooled.fetch(url, { method: 'POST', body: blocks() as never, duplex: 'half' } as RequestInit);
      let before = -1;
      await vi.waitFor(
        () => {
          const isStill = before === taken && taken > 0;
          before = taken;
          expect(isStill).toBe(true);
        },
        { interval: 100, timeout: 5000 },
      );
      expect(taken).toBeLessThan(200);
      go();
      expect(await (await pending).text()).toBe(String(400 * block.length));
    });
  });

  it('that fails at its source fails the call and closes the connection', async () => {
    const server = await serve((request) => void request.resume());
    const broken = async function* () {
      yield Buffer.from('first');
      throw new Error('the disk is gone');
    };
    await over(server, async (pooled, url) => {
      const init = { method: 'POST', body: broken() as never, duplex: 'half' } as RequestInit;
      await expect(pooled.fetch(url, init)).rejects.toMatchObject({ message: expect.any(String) });
      await until(() => expect(server.sockets.size).toBe(0));
      expect(pooled.stats()[url]).toMatchObject({ running: 0, queued: 0 });
    });
  });

  it('that is aborted lets its source go and closes the connection', async () => {
    const server = await serve((request) => void request.resume());
    let isReturned = false;
    async function* endless() {
      try {
        for (;;) {
          yield Buffer.from('more');
          await new Promise(setImmediate);
        }
      } finally {
        isReturned = true;
      }
    }
    await over(server, async (pooled, url) => {
      const controller = new AbortController();
      const { signal } = controller;
      const pending = pooled.fetch(url, {
        method: 'POST',
        body: endless() as never,
        duplex: 'half',
        signal,
      } as RequestInit);
      pending.catch(() => undefined);
      await until(() => expect(server.sockets.size).toBe(1));
      controller.abort(new Error('no longer wanted'));
      await expect(pending).rejects.toThrow('no longer wanted');
      await until(() => expect([server.sockets.size, isReturned]).toEqual([0, true]));
    });
  });

  const early: Record<string, RequestListener> = {
    'keeps the connection': (_request, response) => void response.writeHead(413).end('too large'),
    'says that it closes': (_request, response) =>
      void response.writeHead(413, { connection: 'close' }).end('too large'),
    'answers before the first piece': (request, response) => {
      response.writeHead(200).end('early');
      request.resume();
    },
  };

  it.each(Object.entries(early))('is answered before it has ended by a server that %s', async (_name, listener) => {
    let letGo = 0;
    const endless = (): RequestInit =>
      ({
        method: 'POST',
        duplex: 'half',
        body: new ReadableStream({
          async pull(controller) {
            await new Promise(setImmediate);
            controller.enqueue(new Uint8Array(1024));
          },
          cancel: () => void letGo++,
        }),
      }) as never;
    const { ours, native } = await both(
      listener,
      async (response) => [response.status, await told(() => response.text())],
      endless,
    );
    expect(ours).toEqual(native);
    // The global fetch leaves the source of what it did not send alone; ours tells it.
    await until(() => expect(letGo).toBeGreaterThan(0));
  });

  it('whose length is known says so and one whose length is not comes in chunks', async () => {
    const server = await serve((request, response) => {
      request.resume().once('end', () => {
        const { 'content-length': length = 'none', 'transfer-encoding': coding = 'none' } = request.headers;
        response.end(`${length} ${coding}`);
      });
    });
    await over(server, async (pooled, url) => {
      const send = async (body: unknown, method = 'POST'): Promise<string> =>
        (await pooled.fetch(url, { method, body, duplex: 'half' } as RequestInit)).text();
      expect(await send('ü')).toBe('2 none');
      expect(await send('')).toBe('0 none');
      expect(await send(new Uint8Array(3))).toBe('3 none');
      expect(await send(new Blob(['four']))).toBe('4 none');
      expect(await send(new Blob(['four']).stream())).toBe('none chunked');
      expect(await send(undefined)).toBe('0 none');
      expect(await send(undefined, 'GET')).toBe('none none');
      expect(await send(undefined, 'DELETE')).toBe(await fetchedLength(url, 'DELETE'));
    });
  });
});

const fetchedLength = async (url: string, method: string): Promise<string> =>
  (await globalThis.fetch(url, { method })).text();
