import { OptionError, refusalOf, type CircuitChange } from '@holdfast/core';
import { cannedFetch, ManualClock, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { down, good, key, setUp } from '../test/service.ts';
import { breaker, opossumEngine, type BreakerOptions } from './index.ts';

testMiddleware(() => breaker(), { describe, it });

describe('the layer', () => {
  it('has no circuits before its first call, and never makes a timer', async () => {
    const { layer, calls, clock } = setUp(cannedFetch(down));
    expect(layer.status()).toEqual(new Map());
    expect(layer.engine).toBeUndefined();
    await calls(8);
    expect(layer.status()).toEqual(new Map([[key, 'open']]));
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
    const engine = opossumEngine({ clock: new ManualClock() });
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
      acquire: () => answers[asked++ % 3] ?? answers[0],
      status: () => new Map(),
      close: () => undefined,
    };
    const { call, resilient } = setUp(cannedFetch(good), { engine });
    await (await call()).text();
    expect(ends).toEqual(['ok']);
    expect(refusalOf(await call())?.message).toBe(
      'The circuit of gpt-5 at api.openai.com is open. The next probe goes in 1.5 s.',
    );
    const isolated = await call();
    expect(refusalOf(isolated)?.message).toContain('opened by hand');
    expect(isolated.headers.has('retry-after-ms')).toBe(false);
    expect(resilient.describe()).toContain('an engine of your own');
  });

  it('prints its thresholds, or those of the engine it was given', () => {
    const own =
      'opens at 50 % failures of at least 10 calls in 60 s, or 5 failures in a row; for 30 s, then 1 probe(s)';
    expect(breaker().describe?.()).toBe(own);
    const engine = opossumEngine({ failureThreshold: 0.125, consecutiveFailures: 0, openMs: 500, probes: 3 });
    expect(breaker({ engine }).describe?.()).toBe(
      'opens at 12.5 % failures of at least 10 calls in 60 s; for 500 ms, then 3 probe(s)',
    );
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
      { engine: opossumEngine(), openMs: 5 },
      'breaker.openMs: expected nothing beside engine, which has its own (set it there), got 5',
    ],
  ])('refuses options that cannot work (%#)', (options, message) => {
    expect(() => breaker(options as BreakerOptions)).toThrow(OptionError);
    expect(() => breaker(options as BreakerOptions)).toThrow(message);
  });
});
