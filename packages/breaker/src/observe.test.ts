import { journeyOf, pipeline, type Middleware } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { down, good, key, origin, setUp } from '../test/service.ts';
import { breaker, circuitEngine } from './index.ts';

describe('a breaker that only observes', () => {
  it('lets every call through an open circuit, and writes down what it would have done', async () => {
    const upstream = cannedFetch(down);
    const { calls, call, layer } = setUp(upstream, { mode: 'observe' });
    await calls(5);
    expect(layer.status().get(key)).toBe('open');
    const response = await call();
    expect(response.status).toBe(503);
    expect(upstream.calls).toHaveLength(6);
    expect(journeyOf(response)?.entries).toMatchObject([
      { type: 'decision', layer: 'breaker', action: 'would_refuse', reason: expect.stringContaining('is open') },
      { type: 'attempt' },
    ]);
  });

  it('closes its circuit again by the calls that it lets through', async () => {
    const { calls, call, layer, clock } = setUp(cannedFetch(down, down, down, down, down, good), {
      mode: 'observe',
      rampMs: 0,
    });
    await calls(5);
    await (await call()).text();
    // Before its time is over a success proves nothing.
    expect(layer.status().get(key)).toBe('open');
    await clock.advance(60_000);
    await (await call()).text();
    expect(layer.status().get(key)).toBe('closed');
  });

  it('lets calls pass a circuit that was opened by hand', async () => {
    const engine = circuitEngine();
    const upstream = cannedFetch(good);
    const { fetch } = pipeline({ fetch: upstream })
      .use(breaker({ engine, mode: 'observe' }))
      .build();
    engine.isolate(key);
    const response = await fetch(`${origin}/v1/chat/completions`, { method: 'POST', body: '{"model":"gpt-5"}' });
    expect(response.status).toBe(200);
    expect(JSON.stringify(journeyOf(response))).toContain('was opened by hand');
    engine.close();
  });

  it('says so in describe(), and refuses other modes by name', () => {
    expect(breaker({ mode: 'observe' }).describe?.()).toMatch(/; only observes$/);
    expect(() => breaker({ mode: 'watch' as 'observe' })).toThrow(
      `breaker.mode: expected 'enforce' or 'observe', got "watch"`,
    );
  });
});

describe('a second request beside one that is under way', () => {
  const hedging = (isHedge: () => boolean): Middleware => ({
    name: 'hedging',
    layer: 'hedge',
    handle: (call, next) => next(call.with({ isHedge: isHedge() })),
  });

  it('takes no probe of a half-open circuit, and leaves it to the next call', async () => {
    let isHedge = false;
    const upstream = cannedFetch(down, down, down, down, down, good);
    const { calls, call, clock, layer } = setUp(
      upstream,
      { rampMs: 0 },
      hedging(() => isHedge),
    );
    await calls(5);
    await clock.advance(60_000);
    isHedge = true;
    expect((await call()).status).toBe(503);
    expect(upstream.calls).toHaveLength(5);
    isHedge = false;
    await (await call()).text();
    expect(layer.status().get(key)).toBe('closed');
  });
});
