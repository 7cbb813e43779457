import type { AttemptTimeoutCode, Call, Next } from '@holdfast/core';
import { hang } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { bench, events, slicing, timedAnswer } from '../test/bench.ts';

const { word } = events.chat;

describe('a limit and', () => {
  it('an abort at once, just before it or just after, are the abort', async () => {
    const enough = new Error('enough');
    for (const isBefore of [true, false]) {
      const controller = new AbortController();
      const onTimeout = (): void => controller.abort(enough);
      const { clock, post } = bench(() => hang, { headersMs: 1000, ...(!isBefore && { onTimeout }) });
      if (isBefore) clock.setTimer(onTimeout, 1000);
      const rejected = expect(post('chat', { signal: controller.signal })).rejects.toBe(enough);
      await clock.advance(1000);
      await rejected;
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('the timeout of the client at once are the deadline', async () => {
    for (const around of [[], [slicing(3000, 1)]]) {
      const { clock, told, post } = bench(() => hang, { headersMs: 3000 }, { around });
      const pending = post('chat', { headers: { authorization: 'Bearer sk-x', 'x-stainless-timeout': '3' } });
      const rejected = expect(pending).rejects.toMatchObject({ name: 'TimeoutError', code: 'deadline_exceeded' });
      await clock.advance(3000);
      await rejected;
      expect(told).toEqual([]);
    }
  });

  it('the timeout of the client, which a stream may outlive, are the limit', async () => {
    const { clock, told, post } = bench((of) => timedAnswer(of, [[0, word]]), { idleMs: 3000 });
    const pending = post('chat', { headers: { authorization: 'Bearer sk-x', 'x-stainless-timeout': '3' } });
    const text = pending.then((response) => response.text());
    await clock.advance(3000);
    expect(await text).toContain('"code":"stream_idle_timeout"');
    expect(told).toHaveLength(1);
  });

  it.each<[string, number, AttemptTimeoutCode | 'deadline_exceeded']>([
    ['a deadline at once', 2000, 'deadline_exceeded'],
    ['a deadline just before', 1999, 'deadline_exceeded'],
    ['a deadline just after', 2001, 'stream_idle_timeout'],
  ])('%s, in a stream', async (_name, deadlineMs, code) => {
    const { clock, post } = bench((of) => timedAnswer(of, [[0, word]]), { idleMs: 2000 });
    const text = post('chat', { holdfast: { deadlineMs } }).then((response) => response.text());
    await clock.advance(2001);
    expect(await text).toContain(`"code":"${code}"`);
    expect(clock.pendingTimers).toBe(0);
  });

  it('an abort at once, in a stream, end it once', async () => {
    const controller = new AbortController();
    const { clock, post } = bench((of) => timedAnswer(of, [[0, word]]), { idleMs: 2000 });
    const text = post('chat', { signal: controller.signal }).then((response) => response.text());
    const rejected = expect(text).rejects.toThrow('aborted');
    clock.setTimer(() => controller.abort(), 1999);
    await clock.advance(2000);
    await rejected;
    expect(clock.pendingTimers).toBe(0);
  });

  it('headers at once, which somebody on the way still looks at, are the limit', async () => {
    const looking = {
      name: 'looking',
      layer: 'auth' as const,
      handle: async (call: Call, next: Next) => {
        const response = await next(call);
        await new Promise<void>((resolve) => void clock.setTimer(resolve, 500));
        return response;
      },
    };
    const { clock, post } = bench(
      (of) => timedAnswer(of, [[10, word]]),
      { attemptMs: 300 },
      {
        within: [looking],
      },
    );
    const rejected = expect(post()).rejects.toMatchObject({ code: 'attempt_timeout' });
    await clock.advance(500);
    await rejected;
    expect(clock.pendingTimers).toBe(0);
  });

  it('an error of somebody on the way, which the abort caused, are the limit', async () => {
    const wrapping = {
      name: 'wrapping',
      layer: 'auth' as const,
      handle: async (call: Call, next: Next) => {
        try {
          return await next(call);
        } catch (error) {
          throw new Error('it did not work', { cause: error });
        }
      },
    };
    const { clock, post } = bench(() => hang, { headersMs: 300 }, { within: [wrapping] });
    const rejected = expect(post()).rejects.toMatchObject({ code: 'headers_timeout', name: 'TimeoutError' });
    await clock.advance(300);
    await rejected;
  });
});
