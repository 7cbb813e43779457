import { fault, Outcome } from '@holdfast/core';
import { cannedFetch, errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { ending, setUp } from '../test/service.ts';
import { adaptiveDefaults, AdaptiveConcurrency, type AdaptiveOptions } from './adaptive-concurrency.ts';

function setUpLimit(options: AdaptiveOptions = {}) {
  const clock = new ManualClock();
  return { clock, places: new AdaptiveConcurrency({ ...adaptiveDefaults, ...options }, clock) };
}

const answered = (firstEventMs: number): Outcome =>
  new Outcome({ ending: 'complete', status: 200, firstEventMs, durationMs: firstEventMs });
const overloaded = new Outcome({ ending: 'failed', fault: fault('overloaded'), durationMs: 5 });

/** As many calls at once as are let, again and again. */
function load(places: AdaptiveConcurrency, rounds: number, latencyMs: number): void {
  for (let round = 0; round < rounds; round++) {
    const slots = Array.from({ length: places.limit }, () => places.enter());
    for (const slot of slots) slot.leave(answered(latencyMs));
  }
}

describe('an adaptive number of places', () => {
  it('grows while it is used and nothing gets slower, to its upper bound', () => {
    const { places } = setUpLimit({ max: 100 });
    load(places, 1, 200);
    expect(places.limit).toBeGreaterThan(20);
    load(places, 20, 200);
    expect(places.limit).toBe(100);
  });

  it('stays where it is while it is not used', () => {
    const { places } = setUpLimit();
    for (let call = 0; call < 200; call++) places.enter().leave(answered(200));
    expect(places.limit).toBe(20);
  });

  it('falls when answers begin later than usual by more than the tolerance, and comes back', () => {
    const { places } = setUpLimit({ max: 60 });
    load(places, 40, 200);
    expect(places.limit).toBe(60);
    load(places, 1, 350);
    expect(places.limit).toBe(60);
    load(places, 5, 2000);
    const fallen = places.limit;
    expect(fallen).toBeLessThan(40);
    load(places, 60, 200);
    expect(places.limit).toBe(60);
  });

  it('does not fall below its lower bound', () => {
    const { places, clock } = setUpLimit({ min: 3, initial: 5 });
    for (let fall = 0; fall < 30; fall++) {
      void clock.advance(10);
      const slot = places.enter();
      slot.leave(overloaded);
    }
    expect(places.limit).toBeGreaterThanOrEqual(3);
  });

  it('gives up a tenth of itself for a burst of overloads, and not for each of them', async () => {
    const { places, clock } = setUpLimit();
    const burst = Array.from({ length: 10 }, () => places.enter());
    await clock.advance(100);
    for (const slot of burst) slot.leave(overloaded);
    expect(places.limit).toBe(18);
    const later = places.enter();
    await clock.advance(100);
    later.leave(overloaded);
    expect(places.limit).toBe(16);
  });

  it.each([
    ['what was never made', undefined],
    ['a wrong request', new Outcome({ ending: 'failed', fault: fault('bad_request'), durationMs: 5 })],
    ['an answer that was left', new Outcome({ ending: 'cancelled', durationMs: 5 })],
  ])('learns nothing from %s', (_name, outcome) => {
    const { places } = setUpLimit();
    for (let call = 0; call < 20; call++) places.enter();
    places.enter().leave(outcome);
    expect([places.limit, places.inFlight]).toEqual([20, 20]);
  });

  it.each([
    [{ max: 10 }, 10],
    [{ min: 50 }, 50],
    [{ initial: 7 }, 7],
  ])('starts within its bounds (%j)', (options, limit) => {
    expect(setUpLimit(options).places.limit).toBe(limit);
  });

  it('stays a number when answers take no time at all', () => {
    const { places } = setUpLimit({ max: 50 });
    load(places, 3, 0);
    load(places, 3, 100);
    load(places, 3, 0);
    expect(places.limit).toBeGreaterThanOrEqual(1);
    expect(places.limit).toBeLessThanOrEqual(50);
  });

  it('gives up a tenth of itself when attempts time out', async () => {
    const late = Object.assign(new Error('late'), { name: 'TimeoutError' });
    const { call, stats } = setUp(
      cannedFetch(() => late),
      { concurrency: 'adaptive' },
    );
    await ending(call());
    expect(stats()?.concurrency).toEqual({ inFlight: 0, limit: 18 });
  });

  it('gives up nothing when a request never left', async () => {
    const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) });
    const { call, stats } = setUp(
      cannedFetch(() => refused),
      { concurrency: { initial: 30 } },
    );
    await ending(call());
    expect(stats()?.concurrency?.limit).toBe(30);
  });

  it('lets those who wait go as it grows', async () => {
    const upstream = cannedFetch(
      () => errorAnswer(503),
      async () => jsonAnswer(),
    );
    const { call, clock, stats } = setUp(upstream, { concurrency: { initial: 2 } });
    const endings = Array.from({ length: 60 }, () => ending(call()));
    await clock.runUntil(Promise.all(endings));
    expect(stats()?.concurrency?.inFlight).toBe(0);
    expect(stats()?.concurrency?.limit).toBeGreaterThan(2);
  });
});
