import type { Middleware } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { raceBench, slowStream } from '../../test/race-bench.ts';
import { countedSignal } from '../../test/counted-signal.ts';

describe('an abort while two requests are under way', () => {
  it('reaches both, with its reason, and leaves nothing behind', async () => {
    const { clock, call, plan, sent, warm } = raceBench();
    const { signal, abort, listeners } = countedSignal();
    await warm();
    plan({ afterMs: 1000 }, { afterMs: 1000 });
    const pending = call({ signal });
    await clock.advance(150);
    expect([sent.length, listeners()]).toEqual([2, 1]);
    const reason = new Error('no longer wanted');
    abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(sent.map((one) => [one.state, one.signal?.reason])).toEqual([
      ['aborted', reason],
      ['aborted', reason],
    ]);
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
  });

  it('is at once, though the second never hears of it', async () => {
    const deaf: Middleware = {
      name: 'deaf',
      layer: 'retry',
      handle: (call, next) => (call.isHedge ? new Promise(() => undefined) : next(call)),
    };
    const { clock, call, plan, warm } = raceBench({}, [deaf]);
    const { signal, abort } = countedSignal();
    await warm();
    plan({ afterMs: 1000 });
    const pending = call({ signal });
    await clock.advance(150);
    abort(new Error('gone'));
    await expect(pending).rejects.toBe(signal.reason);
  });

  it('is what a deadline does, and is a deadline', async () => {
    const { clock, call, plan, sent, warm } = raceBench();
    await warm();
    plan({ afterMs: 1000 }, { afterMs: 1000 });
    const failed = clock.runUntil(call({ holdfast: { deadlineMs: 300 } }));
    await expect(failed).rejects.toMatchObject({ code: 'deadline_exceeded', name: 'TimeoutError' });
    expect(sent.map(({ state }) => state)).toEqual(['aborted', 'aborted']);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a hedged stream', () => {
  const streamed = '{"model":"gpt-5","stream":true}';

  it('is handed over at its first content, and the one that has none yet is given up', async () => {
    const { clock, call, plan, sent, warm, events } = raceBench();
    await warm({ body: streamed });
    plan(
      { afterMs: 10, answer: (request) => slowStream(clock, request, [800, 10]) },
      { afterMs: 10, answer: (request) => slowStream(clock, request, [50, 10]) },
    );
    const response = await clock.runUntil(call({ body: streamed }));
    expect(clock.monotonic() - 2000).toBeLessThan(200);
    expect(sent.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
    expect(await clock.runUntil(response.text())).toMatch(/word 0[^]*word 1[^]*\[DONE\]/);
    expect(events).toMatchObject([{ streamed: true, won: 'second' }]);
  });

  it('that breaks before its first content loses against the other', async () => {
    const { clock, call, plan, warm, events } = raceBench();
    await warm({ body: streamed });
    const cut = (): Response => new Response('', { headers: { 'content-type': 'text/event-stream' } });
    plan({ afterMs: 150, answer: cut }, { afterMs: 200, answer: (request) => slowStream(clock, request, [50]) });
    const response = await clock.runUntil(call({ body: streamed }));
    expect(await clock.runUntil(response.text())).toContain('word 0');
    expect(events).toMatchObject([{ won: 'second' }]);
  });

  it('stays with the abort of its caller until it has ended, and not longer', async () => {
    const { clock, call, plan, warm } = raceBench();
    await warm({ body: streamed });
    for (const isAborted of [false, true]) {
      const { signal, abort, listeners } = countedSignal();
      plan({ afterMs: 5000 }, { afterMs: 10, answer: (request) => slowStream(clock, request, [10, 10, 300]) });
      const response = await clock.runUntil(call({ body: streamed, signal }));
      expect(listeners()).toBe(1);
      if (isAborted) {
        const reading = response.text();
        reading.catch(() => undefined);
        await clock.advance(50);
        abort(new Error('enough'));
        await expect(reading).rejects.toBe(signal.reason);
      } else expect(await clock.runUntil(response.text())).toContain('word 2');
      expect(listeners()).toBe(0);
    }
  });

  it('is kept back as far as a layer further out wants it, and until its first content otherwise', async () => {
    const seen: unknown[] = [];
    const inner: Middleware = {
      name: 'inner',
      layer: 'retry',
      handle: (call, next) => (seen.push(call.holdBack), next(call)),
    };
    const outer: Middleware = {
      name: 'outer',
      layer: 'fallback',
      handle: (call, next) => next(call.with({ holdBack: { tokens: 3 } })),
    };
    for (const others of [[inner], [outer, inner]]) {
      const { clock, call } = raceBench({}, others);
      await clock.runUntil(call({ body: streamed }));
      await clock.runUntil(call());
    }
    expect(seen).toEqual([{}, undefined, { tokens: 3 }, { tokens: 3 }]);
  });
});
