import { journeyOf } from '@holdfast/core';
import { errorAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { raceBench } from '../../test/race-bench.ts';
import { routing, type RoutingOptions } from '../index.ts';

const b = { name: 'b', baseURL: 'https://b.test/v1', apiKey: 'sk-test-b' };
const c = { name: 'c', baseURL: 'https://c.test/v1', apiKey: 'sk-test-c' };

async function spread(options: RoutingOptions, count = 20) {
  const layer = routing(options);
  const bench = raceBench({ maxShare: 1 }, [layer]);
  await bench.warm({}, count);
  return { ...bench, routed: layer };
}

describe('a second request, with several endpoints further in', () => {
  it('goes to another than the first', async () => {
    const { clock, call, plan, sent } = await spread({ endpoints: [b, c] });
    for (let count = 0; count < 20; count++) {
      plan({ afterMs: 1000 }, { afterMs: 50 });
      const response = await clock.runUntil(call());
      const [first, second] = sent.splice(0);
      expect(second?.host).not.toBe(first?.host);
      expect(response).toBe(second?.response);
      await response.text();
      // Calls in time, so that not all of them are slow.
      for (let quick = 0; quick < 10; quick++) await (await clock.runUntil(call())).text();
      sent.length = 0;
    }
  });

  it('goes to the same where that is the only one', async () => {
    const { clock, call, plan, sent } = await spread({ endpoints: [b], own: false });
    plan({ afterMs: 1000 }, { afterMs: 50 });
    await clock.runUntil(call());
    expect(sent.map(({ host }) => host)).toEqual(['b.test', 'b.test']);
  });

  it('goes where the call has not failed before', async () => {
    const { clock, call, plan, sent } = await spread({ endpoints: [b, c] });
    // The first place has no room, so the first request moves on, and is slow there.
    plan({ afterMs: 10, answer: () => errorAnswer(429) }, { afterMs: 1000 }, { afterMs: 50 });
    await clock.runUntil(call());
    expect(new Set(sent.map(({ host }) => host)).size).toBe(3);
  });

  it('is not sent a third time when it is refused there', async () => {
    const { clock, call, plan, sent } = await spread({ endpoints: [b, c] });
    plan({ afterMs: 1000 }, { afterMs: 10, answer: () => errorAnswer(429) });
    const response = await clock.runUntil(call());
    expect([response.status, sent.length]).toEqual([200, 2]);
  });

  it('is not sent at all where no endpoint has room', async () => {
    const { clock, call, plan, sent, layer } = await spread({
      endpoints: [{ ...b, maxInFlight: 1 }],
      own: { maxInFlight: 1 },
    });
    plan({ afterMs: 1000 }, { afterMs: 1000 });
    const calls = [call()];
    await clock.advance(1);
    calls.push(call());
    const [response] = await clock.runUntil(Promise.all(calls));
    expect(sent).toHaveLength(2);
    expect(layer.stats()).toMatchObject({ hedges: 0, refused: 2 });
    expect(journeyOf(response)?.entries).toContainEqual(
      expect.objectContaining({ type: 'refusal', layer: 'routing', code: 'rate_limited_local' }),
    );
  });

  it('leaves nothing under way, whoever wins', async () => {
    const { clock, call, plan, routed } = await spread({ endpoints: [b, c] });
    plan({ afterMs: 1000 }, { afterMs: 50 }, { afterMs: 150 }, { afterMs: 1000 });
    for (let count = 0; count < 2; count++) await (await clock.runUntil(call())).text();
    await clock.advance(10);
    expect(Object.values(routed.stats()).map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
  });
});
