import { getEventListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { over, told, until } from './both.ts';
import { serve } from './http-server.ts';

const never: RequestListener = () => undefined;
const half: RequestListener = (_request, response) => void response.write('half');
const lots: RequestListener = (_request, response) => {
  const more = (): void => {
    while (response.write(Buffer.alloc(64 * 1024)));
    response.once('drain', more);
  };
  more();
};
const body = (response: Response): ReadableStream<Uint8Array> => response.body as ReadableStream<Uint8Array>;

interface Moment {
  readonly listener: RequestListener;
  /** What is done with the answer until the abort comes. */
  readonly use?: (response: Response) => Promise<unknown>;
}

const moments: Record<string, Moment> = {
  'before the headers': { listener: never },
  'with the answer unread': { listener: half, use: async () => 'unread' },
  'in text()': { listener: half, use: (response) => response.text() },
  'in json()': { listener: half, use: (response) => response.json() },
  'in a reader': {
    listener: half,
    async use(response) {
      const reader = body(response).getReader();
      while (!(await reader.read()).done);
    },
  },
  'in a BYOB reader': {
    listener: half,
    async use(response) {
      const reader = body(response).getReader({ mode: 'byob' });
      while (!(await reader.read(new Uint8Array(64))).done);
    },
  },
  'in for await': {
    listener: half,
    async use(response) {
      for await (const _chunk of body(response));
    },
  },
  'in pipeTo': { listener: half, use: (response) => body(response).pipeTo(new WritableStream()) },
  'in a clone': { listener: half, use: (response) => Promise.all([response.clone().text(), response.text()]) },
  'while the socket is held back': { listener: lots, use: async () => 'unread' },
};

describe('an abort', () => {
  it.each(Object.entries(moments))('%s has destroyed the socket by the next turn', async (_name, { listener, use }) => {
    const server = await serve(listener);
    await over(server, async (pooled, url) => {
      const controller = new AbortController();
      const { signal } = controller;
      let isAnswered = false;
      const call = pooled.fetch(url, { signal }).then((response) => {
        isAnswered = true;
        return use?.(response);
      });
      const end = told(() => call);
      await until(() => expect([server.sockets.size, isAnswered]).toEqual([1, use !== undefined]));
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      expect(pooled.stats()[url]).toMatchObject({ connected: 1, running: 1 });
      const reason = new RangeError('no longer wanted');
      controller.abort(reason);
      await new Promise(setImmediate);
      expect(pooled.stats()[url]).toMatchObject({ connected: 0, running: 0, queued: 0 });
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      await until(() => expect(server.sockets.size).toBe(0));
      expect(await end).toEqual(
        (await told(() => call)) === 'unread' ? 'unread' : expect.objectContaining({ message: 'no longer wanted' }),
      );
    });
  });

  const leaving: Record<string, (response: Response) => Promise<unknown>> = {
    'cancel() of a body': (response) => body(response).cancel(),
    'cancel() of a reader': async (response) => {
      const reader = body(response).getReader();
      await reader.read();
      await reader.cancel();
    },
    'a break out of for await': async (response) => {
      for await (const _chunk of body(response)) break;
    },
    'an error thrown in for await': (response) =>
      told(async () => {
        for await (const _chunk of body(response)) throw new Error('enough');
      }),
    'cancel() of both sides of a tee': async (response) => {
      const [left, right] = body(response).tee();
      await Promise.all([left.cancel(), right.cancel()]);
    },
    'a pipe into what fails': (response) =>
      told(() => body(response).pipeTo(new WritableStream({ write: () => Promise.reject(new Error('full')) }))),
    'cancel() of a stream made from it': async (response) => await new Response(response.body).body?.cancel(),
  };

  it.each(Object.entries(leaving))('by %s has destroyed the socket by the end of the turn', async (_name, leave) => {
    const server = await serve(half);
    await over(server, async (pooled, url) => {
      const { signal } = new AbortController();
      await leave(await pooled.fetch(url, { signal }));
      // In the middle of a turn, at whose end the socket closes.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect(pooled.stats()[url]).toMatchObject({ connected: 0 });
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      await until(() => expect(server.sockets.size).toBe(0));
    });
  });

  it('while it connects gives the call up and keeps nothing of it', async () => {
    const server = await serve(half);
    await over(server, async (pooled, url) => {
      const controller = new AbortController();
      const call = pooled.fetch(url, { signal: controller.signal });
      controller.abort('gone');
      await expect(call).rejects.toBe('gone');
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      await until(() => expect(pooled.stats()[url]).toMatchObject({ running: 0, queued: 0 }));
    });
  });

  it('without a reason gives the one of the runtime', async () => {
    const server = await serve(never);
    await over(server, async (pooled, url) => {
      const ours = new AbortController();
      const call = pooled.fetch(url, { signal: ours.signal });
      ours.abort();
      const error: unknown = await call.catch((thrown: unknown) => thrown);
      expect(error).toBe(ours.signal.reason);
      expect(error).toMatchObject({ name: 'AbortError', message: 'This operation was aborted' });
    });
  });

  it('after the end changes nothing', async () => {
    const server = await serve((_request, response) => response.end('whole'));
    await over(server, async (pooled, url) => {
      const controller = new AbortController();
      const response = await pooled.fetch(url, { signal: controller.signal });
      const text = await response.text();
      controller.abort();
      expect(text).toBe('whole');
      expect(response.bodyUsed).toBe(true);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect(pooled.stats()[url]).toMatchObject({ connected: 1, running: 0 });
    });
  });
});
