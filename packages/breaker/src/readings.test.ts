import { cannedFetch, ManualClock } from '@holdfast/testkit';
import type { Context, Reading } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { down, good, origin, setUp } from '../test/service.ts';
import { cockatielEngine } from './cockatiel.ts';
import { breaker, circuitEngine } from './index.ts';
import { opossumEngine } from './opossum.ts';

const anywhere = {} as Context;
const readingsOf = (layer: ReturnType<typeof breaker>): Reading[] => [...(layer.readings?.(anywhere) ?? [])];
const target = { kind: 'target', origin, model: 'gpt-5', operation: 'chat' };

describe('the readings of the layer', () => {
  it('are none before its first call', () => {
    expect(readingsOf(breaker())).toEqual([]);
  });

  it('are one for each state of each circuit, and the ratio of those that are closed', async () => {
    const { layer, calls } = setUp(cannedFetch(good, down));
    await calls(2);
    const found = readingsOf(layer);
    const states = found.filter(({ name }) => name === 'circuit_breaker.status');
    const standing = new Set(states.filter(({ value }) => value === 1).map(({ attributes }) => attributes));
    expect(standing).toEqual(
      new Set([
        { kind: 'endpoint', origin, state: 'closed' },
        { ...target, state: 'closed' },
      ]),
    );
    expect(states.filter(({ value }) => value === 0)).toHaveLength(6);
    expect(found.filter(({ name }) => name === 'circuit_breaker.failure_ratio')).toContainEqual({
      name: 'circuit_breaker.failure_ratio',
      value: 0.5,
      attributes: target,
    });
  });

  it('tell an open circuit by its state alone', async () => {
    const { layer, calls } = setUp(cannedFetch(down));
    await calls(6);
    const found = readingsOf(layer).filter(({ attributes }) => attributes['model'] === 'gpt-5');
    expect(found.map(({ attributes, value }) => [attributes['state'], value])).toEqual([
      ['closed', 0],
      ['open', 1],
      ['half_open', 0],
      ['isolated', 0],
    ]);
  });

  it('say nothing of whose credential a circuit is for, and nothing of a key that was made up', () => {
    const engine = circuitEngine({ clock: new ManualClock() });
    engine.isolate(`${origin} credential:client-1x2y3z`, 'credential');
    engine.isolate('by hand');
    const found = readingsOf(breaker({ engine }));
    expect(found.filter(({ value }) => value === 1).map(({ attributes }) => attributes)).toEqual([
      { kind: 'credential', origin, state: 'isolated' },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/1x2y3z|by hand/);
  });

  it('tell the states of an engine that knows nothing else', () => {
    const status = () => new Map([[`${origin} gpt-5 chat`, 'half_open' as const]]);
    const engine = {
      acquire: () => ({ granted: true as const, end: () => undefined }),
      status,
      close: () => undefined,
    };
    const found = readingsOf(breaker({ engine }));
    expect(found).toHaveLength(4);
    expect(found.find(({ value }) => value === 1)?.attributes).toEqual({ ...target, state: 'half_open' });
  });
});

describe.each(Object.entries({ circuitEngine, opossumEngine, cockatielEngine }))(
  'the failure ratio of %s',
  (_name, create) => {
    it('is that of its window, and forgets what has left it', async () => {
      const clock = new ManualClock();
      const engine = create({ clock, windowMs: 10_000 });
      const run = (verdict: 'ok' | 'fail') => {
        const permit = engine.acquire('k');
        if (permit.granted) permit.end(verdict);
      };
      expect(engine.failureRatio('k')).toBeUndefined();
      run('ok');
      expect(engine.failureRatio('k')).toBe(0);
      for (const verdict of ['fail', 'ok', 'ok'] as const) run(verdict);
      expect(engine.failureRatio('k')).toBe(0.25);
      await clock.advance(5000);
      run('fail');
      expect(engine.failureRatio('k')).toBe(0.4);
      await clock.advance(6000);
      expect(engine.failureRatio('k')).toBe(1);
      await clock.advance(60_000);
      expect(engine.failureRatio('k')).toBeUndefined();
      engine.close();
    });
  },
);
