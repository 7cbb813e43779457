import { faultOf, journeyOf, type Middleware } from '@holdfast/core';
import { cannedFetch, chatChunks, streamAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { chatBody, reasonsOf, setUp, streamBody } from '../test/bench.ts';

const chunks = chatChunks(['Held', ' fast.']);
const errorEvent = (code: string): string => `data: {"error":{"code":"${code}","message":"It failed."}}\n\n`;
const role = chatChunks([''])[0] as string;
const whole = (): Response => streamAnswer(chunks);

/** A stream of `events` whose connection then breaks. */
function breaking(events: readonly string[]): Response {
  let index = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const event = events[index++];
      if (event === undefined) controller.error(new TypeError('terminated'));
      else controller.enqueue(new TextEncoder().encode(event));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

describe('a stream', () => {
  it.each([
    ['fails with its first event', () => streamAnswer([errorEvent('server_error')])],
    ['fails before its first content', () => streamAnswer([role, errorEvent('server_is_overloaded')])],
    ['is limited in its first event', () => streamAnswer([errorEvent('rate_limit_exceeded')])],
    ['is cut before its first content', () => streamAnswer([role])],
    ['is empty', () => streamAnswer([])],
    ['is reset before its first content', () => breaking([role])],
  ])('that %s is retried, and nobody sees it', async (_name, failing) => {
    const upstream = cannedFetch(failing, whole);
    const { clock, call } = setUp(upstream);
    const response = await clock.runUntil(call({ body: streamBody }));
    expect(await response.text()).toBe(chunks.join(''));
    expect(upstream.calls).toHaveLength(2);
    const types = journeyOf(response)?.entries.map(({ type }) => type);
    expect(types?.filter((type) => type !== 'decision')).toEqual(['attempt', 'wait', 'attempt']);
  });

  it('that fails again and again is handed on as it is, readable and unread', async () => {
    const upstream = cannedFetch(() => streamAnswer([role, errorEvent('server_error')]));
    const { clock, call } = setUp(upstream);
    const response = await clock.runUntil(call({ body: streamBody }));
    expect(upstream.calls).toHaveLength(3);
    expect([response.status, response.bodyUsed]).toEqual([200, false]);
    expect(faultOf(response)?.kind).toBe('server_error');
    expect(await response.text()).toBe(role + errorEvent('server_error'));
    expect(reasonsOf(response)).toEqual(['server_error after 3 attempt(s)']);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each(['insufficient_quota', 'context_length_exceeded'])('that fails for good is not retried: %s', async (code) => {
    const upstream = cannedFetch(() => streamAnswer([errorEvent(code)]));
    const { call } = setUp(upstream);
    const response = await call({ body: streamBody });
    expect(upstream.calls).toHaveLength(1);
    expect(await response.text()).toBe(errorEvent(code));
  });

  it('that breaks after its first content is not replaced', async () => {
    const upstream = cannedFetch(() => breaking(chunks.slice(0, 1)), whole);
    const { call } = setUp(upstream);
    const response = await call({ body: streamBody });
    expect(await response.text()).toContain('stream_interrupted');
    expect(upstream.calls).toHaveLength(1);
  });

  it('that is retried is let go of', async () => {
    let cancelled = 0;
    const failing = (): Response =>
      streamAnswer([errorEvent('server_error'), ...Array.from({ length: 40 }, () => `: ${'x'.repeat(65_536)}\n\n`)], {
        cancelled: () => void cancelled++,
      });
    const { clock, call } = setUp(cannedFetch(failing, whole));
    await clock.runUntil(call({ body: streamBody }));
    await expect.poll(() => cancelled).toBe(1);
  });

  it('is passed on as it comes where nothing is to be kept back', async () => {
    for (const options of [{ holdBack: false }, { maxRetries: 0 }]) {
      const upstream = cannedFetch(() => streamAnswer([errorEvent('server_error')]));
      const { call, attempts } = setUp(upstream, options);
      const response = await call({ body: streamBody });
      expect([attempts[0]?.holdBack, faultOf(response), upstream.calls.length]).toEqual([undefined, undefined, 1]);
      expect(await response.text()).toBe(errorEvent('server_error'));
    }
  });

  it('is kept back as far as a layer further out wants it', async () => {
    const holdBack = { tokens: 64 };
    const outer: Middleware = {
      name: 'outer',
      layer: 'fallback',
      handle: (call, next) => next(call.with({ holdBack })),
    };
    const upstream = cannedFetch(() => breaking(chunks.slice(0, 1)), whole);
    const { clock, call, attempts } = setUp(upstream, {}, { outer: [outer] });
    const response = await clock.runUntil(call({ body: streamBody }));
    expect(attempts.map((attempt) => attempt.holdBack)).toEqual([holdBack, holdBack]);
    expect(await response.text()).toBe(chunks.join(''));
  });

  it('is all that is kept back', async () => {
    const { call, attempts } = setUp(cannedFetch());
    await call({ body: chatBody });
    expect(attempts[0]?.holdBack).toBeUndefined();
  });

  it('earns room in the budget once its first content has come', async () => {
    const { clock, call, layer } = setUp(cannedFetch(() => streamAnswer([role]), whole));
    await clock.runUntil(call({ body: streamBody }));
    expect(layer.budget?.stats()).toMatchObject({ successes: 1, retries: 1 });
  });
});
