import { errorAnswer, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { raceBench, story } from '../../test/race-bench.ts';

describe('a race of two requests', () => {
  it('sends nothing twice before it has timed enough calls', async () => {
    const { clock, call, plan, sent, warm } = raceBench();
    await warm({}, 19);
    plan({ afterMs: 5000 });
    await clock.runUntil(call());
    expect(sent).toHaveLength(1);
  });

  it('sends an overdue call again, hands over the answer that comes first and gives up the other at once', async () => {
    const { clock, call, plan, sent, warm, layer, events } = raceBench();
    await warm();
    const quick = jsonAnswer();
    plan({ afterMs: 1000 }, { afterMs: 100, answer: () => quick });
    const pending = call();
    await clock.advance(102);
    expect(sent).toHaveLength(1);
    await clock.advance(2);
    expect(sent).toHaveLength(2);
    const response = await clock.runUntil(pending);
    expect(response).toBe(quick);
    expect(response.bodyUsed).toBe(false);
    expect(sent.map(({ state }) => state)).toEqual(['aborted', 'answered']);
    expect(sent[0]?.signal?.reason).toMatchObject({ name: 'OvertakenError', code: 'hedge_overtaken' });
    expect(clock.pendingTimers).toBe(0);
    expect(story(response)).toEqual([
      'second request: no answer after 103 ms, and 95 % of the answers begin within 103 ms',
      'the second won: answered after 100 ms; the first was given up after 203 ms',
    ]);
    expect(events).toMatchObject([
      { service: 'default', model: 'gpt-5', operation: 'chat', streamed: false, won: 'second' },
    ]);
    expect(events[0]?.loserRanMs).toBeCloseTo(203, 0);
    expect(layer.stats()).toMatchObject({ calls: 21, hedges: 1, wonBySecond: 1 });
    expect(layer.stats().discardedMs).toBeCloseTo(203, 0);
  });

  it('gives up the second where the first comes after all', async () => {
    const { clock, call, plan, sent, warm, events, layer } = raceBench();
    await warm();
    plan({ afterMs: 150 }, { afterMs: 100 });
    const response = await clock.runUntil(call());
    expect(response).toBe(sent[0]?.response);
    expect(sent.map(({ state }) => state)).toEqual(['answered', 'aborted']);
    expect(events).toMatchObject([{ won: 'first' }]);
    expect(layer.stats()).toMatchObject({ hedges: 1, wonBySecond: 0 });
    expect(story(response)[1]).toBe('the first won: answered after 150 ms; the second was given up after 47 ms');
  });

  it('discards what the other answered in the same moment', async () => {
    const { clock, call, plan, sent, warm } = raceBench({ minDelayMs: 200 });
    await warm();
    plan({ afterMs: 300 }, { afterMs: 100 });
    const response = await clock.runUntil(call());
    await clock.advance(0);
    expect(sent.filter((one) => one.response === response)).toHaveLength(1);
    for (const one of sent)
      if (one.response !== response) expect(one.state === 'aborted' || one.response?.bodyUsed).toBe(true);
  });

  it('returns a failure that comes before the hedging point, and sends nothing more', async () => {
    const { clock, call, plan, sent, warm } = raceBench();
    await warm();
    const error = new TypeError('fetch failed');
    plan({ afterMs: 50, answer: () => errorAnswer(503) }, { afterMs: 50, answer: () => error });
    expect((await clock.runUntil(call())).status).toBe(503);
    await expect(clock.runUntil(call())).rejects.toBe(error);
    expect(sent).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([0, 1])('waits for the other where request %i fails', async (failing) => {
    const { clock, call, plan, sent, warm, events } = raceBench();
    await warm();
    const failure = { afterMs: [200, 50][failing] as number, answer: () => errorAnswer(500) };
    const good = { afterMs: 400 };
    plan(...(failing === 0 ? [failure, good] : [good, failure]));
    const response = await clock.runUntil(call());
    expect(response.status).toBe(200);
    await clock.advance(0);
    expect(sent[failing]?.response?.bodyUsed).toBe(true);
    expect(events).toMatchObject([{ won: failing === 0 ? 'second' : 'first' }]);
    expect(story(response)[1]).toContain('failed (server_error)');
  });

  it('hands back how the first failed where both do', async () => {
    const { clock, call, plan, sent, warm, events } = raceBench();
    await warm();
    const first = errorAnswer(500);
    plan({ afterMs: 400, answer: () => first }, { afterMs: 50, answer: () => errorAnswer(503) });
    const response = await clock.runUntil(call());
    expect(response).toBe(first);
    expect(response.bodyUsed).toBe(false);
    expect(sent[1]?.response?.bodyUsed).toBe(true);
    expect(events).toMatchObject([{ won: 'neither' }]);
    expect(story(response)[1]).toContain('both failed: server_error and overloaded');
    const lost = new TypeError('fetch failed');
    plan({ afterMs: 200, answer: () => lost }, { afterMs: 400, answer: () => new TypeError('fetch failed') });
    await expect(clock.runUntil(call())).rejects.toBe(lost);
  });
});
