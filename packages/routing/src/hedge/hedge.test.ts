import { refuse, type Middleware } from '@holdfast/core';
import { errorAnswer, jsonAnswer, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { raceBench, story } from '../../test/race-bench.ts';
import { hedge, type HedgeOptions } from '../index.ts';

testMiddleware(() => hedge(), { describe, it });

/** The layer as it is once it has learned: each call of the suite is timed once before it runs. */
const learned = (): Middleware => {
  const layer = hedge({ minimumCalls: 1 });
  return {
    ...layer,
    handle: async (call, next) => {
      if (call.body.replayable) await layer.handle(call, async () => jsonAnswer());
      return layer.handle(call, next);
    },
  };
};

describe('hedge that has learned', () => testMiddleware(learned, { describe, it }));

describe('hedge', () => {
  it('drops a second request that is refused further in, and spends nothing for it', async () => {
    const full: Middleware = {
      name: 'full',
      layer: 'rateLimit',
      handle: async (call, next) =>
        call.isHedge ? refuse(call, { layer: 'full', code: 'rate_limited_local', message: 'No room.' }) : next(call),
    };
    const { clock, call, plan, sent, warm, events, layer } = raceBench({ burst: 1, maxShare: 0.001 }, [full]);
    await warm();
    plan({ afterMs: 300 }, { afterMs: 300 }, { afterMs: 300, answer: () => errorAnswer(500) });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) statuses.push((await clock.runUntil(call())).status);
    expect(statuses).toEqual([200, 200, 500]);
    expect(sent).toHaveLength(3);
    expect(events).toEqual([]);
    expect(layer.stats()).toMatchObject({ hedges: 0, refused: 3, suppressedByShare: 0 });
  });

  it('marks the second request, so that layers further in take it only where there is room', async () => {
    const seen: boolean[] = [];
    const spy: Middleware = {
      name: 'spy',
      layer: 'retry',
      handle: (call, next) => (seen.push(call.isHedge), next(call)),
    };
    const { clock, call, plan, warm } = raceBench({}, [spy]);
    await warm();
    plan({ afterMs: 1000 });
    await clock.runUntil(call());
    expect(seen.slice(-2)).toEqual([false, true]);
  });

  it('sends no second request beside a first that waits on purpose', async () => {
    const patient: Middleware = {
      name: 'patient',
      layer: 'retry',
      async handle(call, next) {
        if (seen++ < 20) return next(call);
        call.journey.wait('patient', 500, 'the server asked for it');
        await new Promise<void>((resolve) => void call.clock.setTimer(resolve, 500));
        return next(call);
      },
    };
    let seen = 0;
    const { clock, call, sent, warm, layer } = raceBench({}, [patient]);
    await warm();
    const response = await clock.runUntil(call());
    expect(sent).toHaveLength(1);
    expect(layer.stats()).toMatchObject({ suppressedByWait: 1 });
    expect(story(response)).toEqual(['held back: no answer after 103 ms, but the first is waiting on purpose']);
  });

  it.each<[string, HedgeOptions, number]>([
    ['no earlier than minDelayMs', { minDelayMs: 300 }, 300],
    ['no later than maxDelayMs', { maxDelayMs: 60 }, 60],
  ])('sends the second %s', async (_name, options, atMs) => {
    const { clock, call, plan, sent, warm } = raceBench(options);
    await warm();
    plan({ afterMs: 5000 });
    const pending = call();
    await clock.advance(atMs - 1);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(sent).toHaveLength(2);
    await clock.runUntil(pending);
  });

  it('does not begin a race that the deadline would end', async () => {
    const { clock, call, plan, sent, warm } = raceBench({ minDelayMs: 300 });
    await warm();
    plan({ afterMs: 1000 });
    await expect(clock.runUntil(call({ holdfast: { deadlineMs: 250 } }))).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    expect(sent).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps apart what models, operations, streams and hosts are like', async () => {
    const { clock, call, layer, warm } = raceBench({ minimumCalls: 1 });
    await warm({}, 1);
    await clock.runUntil(call({ body: '{"model":"gpt-5","stream":true}' }));
    await clock.runUntil(call({ body: '{"model":"gpt-5-mini"}' }));
    await clock.runUntil(call({}, 'https://own.test/v1/embeddings'));
    await clock.runUntil(call({}, 'https://other.test/v1/chat/completions'));
    expect(layer.stats().kinds).toHaveLength(5);
    for (let index = 0; index < 250; index++) await clock.runUntil(call({ body: `{"model":"m${index}"}` }));
    expect(layer.stats().kinds).toHaveLength(200);
  });
});
