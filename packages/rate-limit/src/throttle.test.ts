import { refusalOf, type Middleware, pipeline, refuse } from '@holdfast/core';
import { cannedFetch, errorAnswer, ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { ending, good, origin, setUp } from '../test/service.ts';
import { rateLimit } from './index.ts';
import { Throttle } from './throttle.ts';

function noted(answered: number, refused: number, nowMs = 0): Throttle {
  const throttle = new Throttle();
  for (let call = 0; call < answered; call++) throttle.note(true, nowMs);
  for (let call = 0; call < refused; call++) throttle.note(false, nowMs);
  return throttle;
}

const overloaded = (): Response => errorAnswer(503, { code: 'server_is_overloaded' });

describe('a throttle', () => {
  it.each([
    ['half are answered', 50, 50, 0],
    ['none is answered', 0, 99, 99 / 100],
    ['a quarter is answered', 25, 75, 50 / 101],
    ['too few were made', 0, 19, 0],
  ])('turns calls away by the formula of the paper where %s', (_name, answered, refused, chance) => {
    expect(noted(answered, refused).chance(0)).toBeCloseTo(chance, 10);
  });

  it('counts those it turned away as asked for', () => {
    const throttle = noted(0, 30);
    const before = throttle.chance(0);
    expect(throttle.turnsAway(0, () => 0)).toBe(true);
    expect(throttle.turnsAway(0, () => 0.999)).toBe(false);
    expect(throttle.chance(0)).toBeGreaterThan(before);
  });

  it('forgets what is older than two minutes, half of it after one', () => {
    const throttle = noted(0, 40);
    expect(throttle.chance(59_999)).toBeGreaterThan(0.9);
    for (let call = 0; call < 20; call++) throttle.note(true, 60_000);
    expect(throttle.chance(60_000)).toBeCloseTo(20 / 61, 10);
    expect(throttle.chance(120_000)).toBe(0);
    expect(noted(0, 40).chance(1e9)).toBe(0);
  });
});

describe('a layer that throttles', () => {
  it('sends about as many as are answered, and twice that', async () => {
    const { call, layer } = setUp(cannedFetch(overloaded), { throttle: true });
    for (let index = 0; index < 40; index++) await ending(call());
    const response = await call();
    expect(response.status).toBe(429);
    expect(refusalOf(response)?.message).toMatch(/turns most calls away as overloaded, so \d+ % of them are not sent/);
    expect(Object.keys(layer.stats())).toHaveLength(1);
  });

  it('turns nobody away unless it is told to', async () => {
    const upstream = cannedFetch(overloaded);
    const { call } = setUp(upstream);
    for (let index = 0; index < 100; index++) await ending(call());
    expect(upstream.calls).toHaveLength(100);
  });

  it('does not take refusals of an open circuit for answers', async () => {
    let isOpen = false;
    let chance = 0.999;
    const circuit: Middleware = {
      name: 'circuit',
      layer: 'breaker',
      handle: async (call, next) =>
        isOpen ? refuse(call, { layer: 'circuit', code: 'circuit_open', message: 'open' }) : next(call),
    };
    const { fetch } = pipeline({ clock: new ManualClock(), random: () => chance, fetch: cannedFetch(overloaded) })
      .use(rateLimit({ throttle: true }))
      .use(circuit)
      .build();
    const call = (): Promise<string> => ending(fetch(`${origin}/v1/files`));
    for (let index = 0; index < 20; index++) await call();
    isOpen = true;
    for (let index = 0; index < 200; index++) expect(await call()).toBe('circuit_open');
    chance = 0;
    expect(await call()).toBe('rate_limited_local');
  });

  it('writes down whom it would turn away where it only observes', async () => {
    const upstream = cannedFetch(...Array.from({ length: 40 }, () => overloaded), good());
    const { call } = setUp(upstream, { throttle: true, mode: 'observe' });
    for (let index = 0; index < 41; index++) await ending(call());
    expect(upstream.calls).toHaveLength(41);
  });
});
