import { OptionError, pipeline, refusalOf, type CircuitChange, type Middleware } from '@holdfast/core';
import { cannedFetch, hang, ManualClock, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { down, endpointKey, good, key, origin, setUp, whole } from '../test/service.ts';
import { breaker, circuitEngine, type BreakerOptions, type Circuits } from './index.ts';

testMiddleware(() => breaker(), { describe, it });

describe('the layer', () => {
  it('has no circuits before its first call, and never makes a timer', async () => {
    const { layer, calls, clock } = setUp(cannedFetch(down));
    expect(layer.status()).toEqual(new Map());
    expect(layer.engine).toBeUndefined();
    await calls(8);
    expect(layer.status()).toEqual(
      new Map([
        [endpointKey, 'closed'],
        [key, 'open'],
      ]),
    );
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells of changes, and reports a listener that throws', async () => {
    const changes: CircuitChange[] = [];
    const { calls, warnings } = setUp(cannedFetch(down), {
      onStateChange(change) {
        changes.push(change);
        throw new Error('my listener');
      },
    });
    await calls(5);
    expect(changes).toEqual([{ key, from: 'closed', to: 'open', because: '5 calls in a row failed' }]);
    expect(warnings).toEqual(['holdfast default: breaker.onStateChange threw']);
  });

  it('shares its circuits with every pipeline that is given the same engine', async () => {
    const engine = circuitEngine({ clock: new ManualClock() });
    const [one, two] = [setUp(cannedFetch(down), { engine }), setUp(cannedFetch(good), { engine })];
    await one.calls(5);
    expect((await two.call()).status).toBe(503);
    await one.resilient.close();
    expect(two.state()).toBe('open');
  });

  it('serves an engine that knows the port and nothing more', async () => {
    const ends: string[] = [];
    const answers = [
      { granted: true, end: (verdict: string) => void ends.push(verdict) },
      { granted: false, reason: 'open', retryAfterMs: 1500 },
      { granted: false, reason: 'isolated', retryAfterMs: Infinity },
    ] as const;
    let asked = 0;
    const engine = {
      acquire: (circuit: string) => (circuit === endpointKey ? answers[0] : answers[asked++ % 3]) ?? answers[0],
      status: () => new Map(),
      close: () => undefined,
    };
    const { call, resilient } = setUp(cannedFetch(good), { engine });
    await (await call()).text();
    expect(ends).toEqual(['ok', 'ok']);
    expect(refusalOf(await call())?.message).toBe(
      'The circuit of gpt-5 chat at api.openai.com is open. The next probe goes in 1.5 s.',
    );
    const isolated = await call();
    expect(refusalOf(isolated)?.message).toContain('opened by hand');
    expect(isolated.headers.has('retry-after-ms')).toBe(false);
    expect(resilient.describe()).toContain('an engine of your own');
  });

  it('prints its thresholds, or those of the engine it was given', () => {
    const own =
      'opens at 50 % failures of at least 10 calls in 60 s, or 5 failures in a row; ' +
      'for 5 s to 300 s, then 1 probe(s), then a ramp of 10 s';
    expect(breaker().describe?.()).toBe(own);
    const engine = circuitEngine({
      failureThreshold: 0.125,
      consecutiveFailures: 0,
      openMs: 500,
      openGrowth: 1,
      probes: 3,
      rampMs: 0,
    });
    expect(breaker({ engine }).describe?.()).toBe(
      'opens at 12.5 % failures of at least 10 calls in 60 s; for 500 ms, then 3 probe(s)',
    );
  });

  it('tells a plan what it would say, and changes nothing', async () => {
    const { calls, clock, resilient, layer } = setUp(cannedFetch(down));
    const outlook = async () => (await resilient.plan({ body: { model: 'gpt-5' }, baseURL: `${origin}/v1` }))[0];
    expect(await outlook()).toMatchObject({ fate: 'first' });
    await calls(5);
    await clock.advance(10_000);
    expect(await outlook()).toMatchObject({
      fate: 'skipped',
      reason: 'breaker: the circuit of gpt-5 chat refuses for 20 s',
    });
    (layer.engine as Circuits).isolate(key);
    expect(await outlook()).toMatchObject({ reason: 'breaker: the circuit of gpt-5 chat was opened by hand' });
  });

  it('lets a call through that has nowhere else to go', async () => {
    const upstream = cannedFetch(down);
    const { clock, layer, calls } = setUp(upstream);
    const forcing: Middleware = {
      name: 'forcing',
      layer: 'fallback',
      handle: (call, next) => next(call.with({ forced: true })),
    };
    await calls(5);
    const shared = layer.engine as Circuits;
    const forced = pipeline({ clock, fetch: upstream })
      .use(forcing)
      .use(breaker({ engine: shared }))
      .build();
    const body = JSON.stringify({ model: 'gpt-5', messages: [] });
    for (let call = 0; call < 3; call++)
      await (await forced.fetch(`${origin}/v1/chat/completions`, { method: 'POST', body })).text();
    expect(upstream.calls).toHaveLength(8);
    expect(shared.waitMs(key)).toBe(30_000);
  });

  it('opens on models that keep their callers waiting, streams in flight included', async () => {
    const silent = cannedFetch(hang);
    const { call, clock, state } = setUp(silent, { slowCallMs: 20_000, minimumCalls: 3 });
    const controller = new AbortController();
    const waiting = [1, 2, 3].map(() => call({ signal: controller.signal }).catch(() => undefined));
    await clock.advance(20_001);
    expect(state()).toBe('open');
    controller.abort();
    await Promise.all(waiting);
    const quick = setUp(cannedFetch(whole), { slowCallMs: 20_000, minimumCalls: 3 });
    for (let index = 0; index < 5; index++) {
      const reader = ((await quick.call()).body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
    }
    await quick.clock.advance(60_000);
    expect(quick.state()).toBe('closed');
  });

  it('forgets its circuits when it is closed', async () => {
    const { layer, calls } = setUp(cannedFetch(down));
    await calls(5);
    await layer.close?.();
    expect(layer.status().size).toBe(0);
  });

  it.each([
    [{ minimumCalls: 0 }, 'breaker.minimumCalls: expected a whole number from 1, got 0'],
    [{ openMs: -1 }, 'breaker.openMs: expected a duration in milliseconds, 0 or more, got -1'],
    [{ threshold: 0.5 }, 'breaker.threshold: expected one of windowMs,'],
    [{ engine: {} }, 'breaker.engine: expected a circuit engine, with acquire(), status() and close(), got an object'],
    [
      { engine: circuitEngine(), openMs: 5 },
      'breaker.openMs: expected nothing beside engine, which has its own (set it there), got 5',
    ],
  ])('refuses options that cannot work (%#)', (options, message) => {
    expect(() => breaker(options as BreakerOptions)).toThrow(OptionError);
    expect(() => breaker(options as BreakerOptions)).toThrow(message);
  });
});
