import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, chatChunks, streamAnswer } from '../test/bench.ts';
import { followedSignal } from './followed-signal.ts';
import { nativeSignal } from './light-abort.ts';

const body = '{"model":"gpt-5","stream":true,"messages":[]}';

describe('a signal that follows another', () => {
  it('ends with it, and for the same reason', () => {
    const controller = new AbortController();
    const signal = followedSignal(controller.signal);
    expect(signal).toMatchObject({ aborted: false, reason: undefined });
    let told = 0;
    signal.addEventListener('abort', () => void told++);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(signal).toMatchObject({ aborted: true, reason });
    expect(() => signal.throwIfAborted()).toThrow(reason);
    expect(followedSignal(controller.signal)).toMatchObject({ aborted: true, reason });
    expect(told).toBe(1);
  });

  it('listens only while somebody listens to it', () => {
    const controller = new AbortController();
    const signal = followedSignal(controller.signal);
    const listeners = [() => undefined, () => undefined] as const;
    for (const listener of listeners) signal.addEventListener('abort', listener);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    for (const listener of listeners) signal.removeEventListener('abort', listener);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('is the other one for whoever takes none but a native one', () => {
    const { signal } = new AbortController();
    expect(nativeSignal(followedSignal(signal))).toBe(signal);
  });
});

describe('the signal of a stream', () => {
  const streamed = () => streamAnswer(chatChunks(['a']), { pulled: () => undefined });

  it('has no listener of ours when the stream has ended, or when there was none', async () => {
    const { signal } = new AbortController();
    const { post } = bench(cannedFetch(streamed, () => Promise.reject(new TypeError('fetch failed'))));
    await (await post({ body, signal })).text();
    await expect(post({ body, signal })).rejects.toThrow('fetch failed');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it("ends the upstream's answer with the caller's own reason", async () => {
    const controller = new AbortController();
    const upstream = cannedFetch(() => new Promise<Response>(() => undefined));
    const { post } = bench((input, init) => {
      const aborted = new Promise<never>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      });
      return Promise.race([upstream(input, init), aborted]);
    });
    const pending = post({ body, signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });
});
