import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { serve } from '../test/http-server.ts';
import { transport, type TransportOptions } from './index.ts';

/** A server that answers when it is told to, in the order in which requests came. */
async function patient(options: TransportOptions = {}) {
  const waiting: ServerResponse[] = [];
  const paths: string[] = [];
  const listener: RequestListener = (request, response) => {
    paths.push(request.url ?? '');
    waiting.push(response);
  };
  const server = await serve(listener);
  const pooled = transport(options);
  const stats = () => pooled.stats()[server.url];
  return {
    server,
    pooled,
    paths,
    stats,
    get: async (path: string, init?: RequestInit) => (await pooled.fetch(server.url + path, init)).text(),
    arrived: (count: number) => vi.waitFor(() => expect(paths).toHaveLength(count)),
    answerNext: () => waiting.shift()?.end('done'),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await pooled.close();
    },
  };
}

describe('the connections to one origin', () => {
  it('are given to those who wait in the order in which they came', async () => {
    await using app = await patient({ connections: 1 });
    const answers = ['/1', '/2', '/3'].map((path) => app.get(path));
    await app.arrived(1);
    expect(app.stats()).toMatchObject({ running: 1, queued: 2, opened: 1 });
    for (let count = 1; count <= 3; count++) {
      await app.arrived(count);
      app.answerNext();
    }
    await Promise.all(answers);
    expect(app.paths).toEqual(['/1', '/2', '/3']);
    expect(app.stats()).toEqual({ connected: 1, running: 0, queued: 0, opened: 1 });
  });

  it('are never given to a call that was aborted while it waited, which leaves at once', async () => {
    await using app = await patient({ connections: 1 });
    const first = app.get('/1');
    const aborter = new AbortController();
    const second = app.get('/2', { signal: aborter.signal });
    const third = app.get('/3');
    await app.arrived(1);
    aborter.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    expect(app.stats()).toMatchObject({ running: 1, queued: 1 });
    app.answerNext();
    await app.arrived(2);
    app.answerNext();
    await Promise.all([first, third]);
    expect(app.paths).toEqual(['/1', '/3']);
  });

  it('leave the context of whoever waited with him', async () => {
    await using app = await patient({ connections: 1 });
    const who = new AsyncLocalStorage<string>();
    const created: (string | undefined)[] = [];
    const note = (): unknown => created.push(who.getStore());
    channel('undici:request:create').subscribe(note);
    const answers = ['a', 'b'].map((name) => who.run(name, () => app.get(`/${name}`)));
    await app.arrived(1);
    app.answerNext();
    await app.arrived(2);
    app.answerNext();
    await Promise.all(answers);
    channel('undici:request:create').unsubscribe(note);
    expect(created).toEqual(['a', 'b']);
  });

  it('are forgotten when the server has closed them', async () => {
    await using app = await patient();
    const burst = Array.from({ length: 20 }, (_, index) => app.get(`/${index}`));
    await app.arrived(20);
    for (let count = 0; count < 20; count++) app.answerNext();
    await Promise.all(burst);
    expect(app.stats()).toMatchObject({ connected: 20, running: 0 });
    for (const socket of app.server.sockets) socket.destroy();
    await vi.waitFor(() => expect(app.stats()).toEqual({ connected: 0, running: 0, queued: 0, opened: 20 }));
    const next = app.get('/next');
    await app.arrived(21);
    app.answerNext();
    expect(await next).toBe('done');
    expect(app.stats()).toMatchObject({ connected: 1, opened: 21 });
  });

  it('are used again, the latest first', async () => {
    await using app = await patient();
    const both = [app.get('/1'), app.get('/2')];
    await app.arrived(2);
    app.answerNext();
    app.answerNext();
    await Promise.all(both);
    const used = new Set<unknown>();
    for (let count = 3; count < 8; count++) {
      const answer = app.get(`/${count}`);
      await app.arrived(count);
      app.answerNext();
      await answer;
      used.add(app.stats()?.opened);
    }
    expect([...used]).toEqual([2]);
  });

  it('close when those who wait have had their answers too, and refuse what comes after', async () => {
    await using app = await patient({ connections: 1 });
    const answers = [app.get('/1'), app.get('/2')];
    await app.arrived(1);
    let isClosed = false;
    const closing = app.pooled.close().then(() => (isClosed = true));
    app.answerNext();
    await app.arrived(2);
    expect(isClosed).toBe(false);
    app.answerNext();
    expect(await Promise.all(answers)).toEqual(['done', 'done']);
    await closing;
    await expect(app.get('/late')).rejects.toMatchObject({ cause: { message: 'the transport has been closed' } });
  });

  it('are not replaced for a request of which the answer had begun', async () => {
    let requests = 0;
    await using server = await serve((request, response) => {
      requests++;
      if (requests === 1) return response.end('first');
      request.socket.write('HTTP/1.1 200 O');
      return request.socket.destroy();
    });
    const pooled = transport();
    await (await pooled.fetch(server.url)).text();
    await expect(pooled.fetch(server.url, { method: 'POST', body: 'once' })).rejects.toThrow('fetch failed');
    expect(requests).toBe(2);
    await pooled.close();
  });
});
